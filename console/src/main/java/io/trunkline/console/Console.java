package io.trunkline.console;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The console's files, read once and held. The page gets everything else from the server API on the
 * same port, with the key that is typed into it; by itself it shows nothing. It may load nothing
 * from elsewhere, run nothing inline and be framed by nobody; the browser enforces it.
 */
public final class Console {
  /** Where the page is. */
  public static final String PATH = "/console";

  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String JAVASCRIPT = "text/javascript; charset=utf-8";

  private record File(String path, String type, Buffer content) {}

  private Console() {}

  /** Serves it; whoever calls this serves the server API on the same port. */
  public static void serve(Router router) {
    router.get(PATH + "/").handler(context -> redirect(context.response()));
    for (File file : files()) {
      router.get(file.path()).handler(context -> answer(context, file));
    }
  }

  /** Says that there is none, and why. */
  public static void refuse(Router router, String reason) {
    router
        .route(PATH + "*")
        .handler(
            context ->
                secure(context.response())
                    .setStatusCode(404)
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .end(
                        new JsonObject().put("code", "not_found").put("message", reason).toBuffer())
                    .onFailure(gone -> {}));
  }

  private static List<File> files() {
    return List.of(
        file("", "index.html", HTML),
        file("/console.css", "console.css", CSS),
        file("/favicon.svg", "favicon.svg", "image/svg+xml"),
        file("/console.js", "console.js", JAVASCRIPT),
        file("/api.js", "api.js", JAVASCRIPT),
        file("/history.js", "history.js", JAVASCRIPT),
        file("/nodes.js", "nodes.js", JAVASCRIPT),
        file("/plots.js", "plots.js", JAVASCRIPT),
        file("/user.js", "user.js", JAVASCRIPT),
        file("/view.js", "view.js", JAVASCRIPT),
        file("/uplot/uPlot.iife.min.js", "uplot/uPlot.iife.min.js", JAVASCRIPT),
        file("/uplot/uPlot.min.css", "uplot/uPlot.min.css", CSS));
  }

  private static File file(String path, String name, String type) {
    try (InputStream in = Console.class.getResourceAsStream("/console/" + name)) {
      return new File(PATH + path, type, Buffer.buffer(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException("the console's " + name + " cannot be read", e);
    }
  }

  private static void redirect(HttpServerResponse response) {
    secure(response)
        .setStatusCode(308)
        .putHeader(HttpHeaders.LOCATION, PATH)
        .end()
        .onFailure(gone -> {});
  }

  private static void answer(RoutingContext context, File file) {
    secure(context.response())
        .putHeader(HttpHeaders.CONTENT_TYPE, file.type())
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
        .end(file.content())
        .onFailure(gone -> {});
  }

  private static HttpServerResponse secure(HttpServerResponse response) {
    return response
        .putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer");
  }
}
