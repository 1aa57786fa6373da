package io.trunkline.gateway;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * One thing that the server API does.
 *
 * @param path as Vert.x Web has it: a parameter is {@code :name}
 * @param work answers the request, or fails or throws with a {@link io.trunkline.protocol.Refusal}
 */
record ApiRoute(HttpMethod method, String path, Function<RoutingContext, Future<Void>> work) {
  private static final Pattern PARAMETER = Pattern.compile(":[a-z]+");

  boolean matches(String requested) {
    return Pattern.matches(PARAMETER.matcher(path).replaceAll("[^/]+"), requested);
  }

  /** The path as OpenAPI has it. */
  String documentedPath() {
    return PARAMETER.matcher(path).replaceAll(name -> "{" + name.group().substring(1) + "}");
  }
}
