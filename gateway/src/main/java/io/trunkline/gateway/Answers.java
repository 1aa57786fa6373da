package io.trunkline.gateway;

import io.trunkline.protocol.FrameWriter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;

/** HTTP answers with a JSON body, the same for the upgrade and the server API. */
final class Answers {
  private Answers() {}

  static void json(HttpServerResponse response, byte[] body) {
    response
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader("Cache-Control", "no-store")
        .end(Buffer.buffer(body));
  }

  /** {@code {"code","message","retryable"}}; the status is the caller's to set. */
  static void json(HttpServerResponse response, String code, String message, boolean retryable) {
    json(
        response,
        FrameWriter.object()
            .string("code", code)
            .string("message", message)
            .bool("retryable", retryable)
            .end());
  }
}
