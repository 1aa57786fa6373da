package io.trunkline.testing;

import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * The answer to an HTTP request or upgrade.
 *
 * @param headers by their name in lower case
 */
public record HttpAnswer(int status, Map<String, String> headers, String body) {
  public String header(String name) {
    return headers.get(name.toLowerCase(java.util.Locale.ROOT));
  }

  public JsonObject json() {
    return new JsonObject(body);
  }
}
