package io.trunkline.node;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;

/**
 * One piece of work as tracing sees it; most are {@link #NONE}, which costs nothing. Any thread. It
 * holds no user, channel, message or id of a client.
 */
public final class Trace {
  /** Work that nobody traces. */
  public static final Trace NONE = new Trace(Span.getInvalid(), null);

  private final Span span;

  /** As W3C Trace Context has it; null for {@link #NONE}. */
  private final String traceparent;

  private Trace(Span span, String traceparent) {
    this.span = span;
    this.traceparent = traceparent;
  }

  static Trace of(Span span) {
    SpanContext context = span.getSpanContext();
    return context.isValid()
        ? new Trace(
            span,
            "00-"
                + context.getTraceId()
                + "-"
                + context.getSpanId()
                + "-"
                + context.getTraceFlags().asHex())
        : NONE;
  }

  /** Whether it will be exported. */
  public boolean isRecorded() {
    return span.isRecording();
  }

  /** What work that follows from this one is to be given; null where it is not traced. */
  public String traceparent() {
    return traceparent;
  }

  public Trace with(String attribute, String value) {
    span.setAttribute(attribute, value);
    return this;
  }

  public void end() {
    span.end();
  }

  /** Ends it as failed. */
  public void fail(Throwable failure) {
    span.setStatus(StatusCode.ERROR, failure.getClass().getSimpleName());
    span.end();
  }
}
