package io.trunkline.demo;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The demo page's files, read once and held. The page may load nothing from elsewhere, run nothing
 * inline and be framed by nobody; the browser enforces it.
 */
final class Page {
  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none';"
          + " form-action 'self'; frame-ancestors 'none'";

  private static final String JAVASCRIPT = "text/javascript; charset=utf-8";

  private record Asset(String path, String type, Buffer content) {}

  private final List<Asset> assets;

  private Page(List<Asset> assets) {
    this.assets = assets;
  }

  static Page load() {
    return new Page(
        List.of(
            asset("/", "index.html", "text/html; charset=utf-8"),
            asset("/page.css", "page.css", "text/css; charset=utf-8"),
            asset("/favicon.svg", "favicon.svg", "image/svg+xml"),
            asset("/page.js", "page.js", JAVASCRIPT),
            asset("/chat.js", "chat.js", JAVASCRIPT),
            asset("/view.js", "view.js", JAVASCRIPT),
            asset("/marks.js", "marks.js", JAVASCRIPT),
            asset("/wire.js", "wire.js", JAVASCRIPT),
            client("index.js"),
            client("client.js"),
            client("closing.js"),
            client("error.js"),
            client("positions.js"),
            client("requests.js"),
            client("topic.js")));
  }

  void addTo(Router router) {
    for (Asset asset : assets) {
      router.get(asset.path()).handler(context -> serve(context, asset));
    }
  }

  /** Headers that every answer of the demo carries. */
  static HttpServerResponse secure(HttpServerResponse response) {
    return response
        .putHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer");
  }

  private static void serve(RoutingContext context, Asset asset) {
    secure(context.response())
        .putHeader("Content-Type", asset.type())
        .putHeader("Cache-Control", "no-cache")
        .end(asset.content())
        .onFailure(gone -> {});
  }

  /** A source of the JavaScript client, as it stands in {@code client-js/src}. */
  private static Asset client(String file) {
    return asset("/client/" + file, "client/" + file, JAVASCRIPT);
  }

  private static Asset asset(String path, String file, String type) {
    try (InputStream in = Page.class.getResourceAsStream("/page/" + file)) {
      return new Asset(path, type, Buffer.buffer(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException("the page's " + file + " cannot be read", e);
    }
  }
}
