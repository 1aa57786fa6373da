package io.trunkline.handler;

import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.Request;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;

/** One frame of a client's, and who sent it. */
public final class TypeRequest {
  private final Request request;
  private final JsonObject frame;
  private final long began = System.nanoTime();

  TypeRequest(Request request, JsonObject frame) {
    this.request = request;
    this.frame = frame;
  }

  /** All fields of the frame as they came; those of a schema are as it says. */
  public JsonObject frame() {
    return frame;
  }

  /** The request's {@code id}, or null. */
  public String id() {
    return frame.getString("id");
  }

  /** Whose session it is; never null. */
  public String user() {
    return request.caller().user();
  }

  /** What the session may do. */
  public List<String> permissions() {
    return request.caller().permissions();
  }

  /** User, session (the SHA-256 of its id, in hex) and permissions together. */
  public Caller caller() {
    return request.caller();
  }

  /** The connection's id, unique in the cluster, for logs. */
  public String connection() {
    return request.connection();
  }

  /** The gateway that asks. */
  public String gateway() {
    return request.node();
  }

  /**
   * 1, or more when an earlier attempt's answer was lost: this request may have been carried out
   * already, here or elsewhere.
   */
  public int attempt() {
    return request.attempt();
  }

  /** Until nobody waits for the answer any more; zero when that is past. */
  public Duration timeLeft() {
    Duration left =
        Duration.ofMillis(request.timeoutMillis()).minusNanos(System.nanoTime() - began);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** The W3C trace context ({@code traceparent}) that the client gave, or null. */
  public String traceparent() {
    return request.traceparent();
  }
}
