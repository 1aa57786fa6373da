package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.RawSocket;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The OpenAPI document and the server API say the same. */
class ApiDocumentTest {
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

  @RegisterExtension static final Rig rig = new Rig("API_KEY", "the-key");

  private static HttpAnswer ask(String method, String path) {
    Map<String, String> headers =
        Map.of("Host", "localhost", "Content-Length", "2", "Authorization", "Bearer the-key");
    try (RawSocket socket = rig.open()) {
      return socket.request(method, path, headers, "{}");
    }
  }

  private static JsonObject document() {
    HttpAnswer answer = ask("GET", "/api/openapi.json");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    return answer.json();
  }

  /** Each as {@code POST /api/messages}. */
  private static Stream<String> documented(JsonObject document) {
    JsonObject paths = document.getJsonObject("paths");
    return paths.fieldNames().stream()
        .flatMap(
            path ->
                paths.getJsonObject(path).fieldNames().stream()
                    .filter(METHODS::contains)
                    .map(method -> method.toUpperCase(Locale.ROOT) + " " + path));
  }

  @Test
  void everyRouteIsDocumentedAndNothingElse() {
    Set<String> routes =
        new Api(rig.nodes().gateway(), null, null)
            .routes().stream()
                .map(route -> route.method() + " " + route.documentedPath())
                .collect(Collectors.toCollection(TreeSet::new));
    Set<String> documented = documented(document()).collect(Collectors.toCollection(TreeSet::new));
    assertThat(documented).isEqualTo(routes);
  }

  @Test
  void whatIsAnsweredIsDocumented() {
    rig.service()
        .answerAt(
            Addresses.SESSIONS,
            question -> Future.succeededFuture(new Refused(ErrorCode.UNAVAILABLE, "not now")));
    JsonObject paths = document().getJsonObject("paths");
    documented(document())
        .forEach(
            each -> {
              String method = each.split(" ")[0];
              String path = each.split(" ")[1];
              HttpAnswer answer = ask(method, path.replaceAll("\\{[a-z]+}", "x"));
              JsonObject responses =
                  paths
                      .getJsonObject(path)
                      .getJsonObject(method.toLowerCase(Locale.ROOT))
                      .getJsonObject("responses");
              assertThat(responses.fieldNames()).as(each).contains("" + answer.status(), "401");
            });
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    JsonObject document = document();
    Matcher references = Pattern.compile("\"\\$ref\":\"#/([^\"]+)\"").matcher(document.encode());
    int found = 0;
    while (references.find()) {
      JsonObject at = document;
      for (String step : references.group(1).split("/")) {
        at = at.getJsonObject(step);
        assertThat(at).as(references.group(1)).isNotNull();
      }
      found++;
    }
    assertThat(found).isPositive();
  }
}
