package io.trunkline.node;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Traces of OpenTelemetry, off unless one of its standard variables says where they are to go
 * (https://opentelemetry.io/docs/languages/sdk-configuration/). All else that those variables can
 * say holds too. Spans leave from a thread of the library's own, which keeps 2,048 at most and
 * drops what is beyond: it never holds up a message. Any thread.
 */
public final class Tracing {
  private static final String EXPORTER = "OTEL_TRACES_EXPORTER";

  private static final Tracing OFF = new Tracing(null, null);

  /** Null while it is off, as is the tracer. */
  private final OpenTelemetrySdk sdk;

  private final Tracer tracer;

  private Tracing(OpenTelemetrySdk sdk, Tracer tracer) {
    this.sdk = sdk;
    this.tracer = tracer;
  }

  public static Tracing off() {
    return OFF;
  }

  /**
   * As the environment wants it.
   *
   * @throws StartFailed where a variable has a value that the library does not take
   */
  static Tracing start(Role role, String node, Map<String, String> environment) {
    if (!isWanted(environment)) {
      return OFF;
    }
    try {
      OpenTelemetrySdk sdk =
          AutoConfiguredOpenTelemetrySdk.builder()
              .disableShutdownHook()
              .addPropertiesSupplier(() -> defaults(role))
              .addResourceCustomizer((resource, config) -> named(node).merge(resource))
              .build()
              .getOpenTelemetrySdk();
      return new Tracing(sdk, sdk.getTracer("io.trunkline"));
    } catch (RuntimeException e) {
      throw new StartFailed("cannot set up tracing: " + e.getMessage(), e);
    }
  }

  private static boolean isWanted(Map<String, String> environment) {
    boolean hasTarget =
        Stream.of(EXPORTER, "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            .anyMatch(name -> !environment.getOrDefault(name, "").isBlank());
    return hasTarget
        && !"none".equals(environment.get(EXPORTER))
        && !"true".equalsIgnoreCase(environment.get("OTEL_SDK_DISABLED"));
  }

  /** Below what the environment says. Meters and logs go their own ways. */
  private static Map<String, String> defaults(Role role) {
    return Map.of(
        "otel.service.name",
        "trunkline-" + role.wireName(),
        "otel.metrics.exporter",
        "none",
        "otel.logs.exporter",
        "none");
  }

  private static Resource named(String node) {
    return Resource.create(Attributes.of(AttributeKey.stringKey("service.instance.id"), node));
  }

  /**
   * Begins a piece of work that somebody asked for over the network.
   *
   * @param name of a small set
   * @param traceparent of the work that it follows from, well formed as W3C Trace Context has it;
   *     null: it is the first
   */
  public Trace serve(String name, String traceparent) {
    return tracer == null ? Trace.NONE : begin(name, SpanKind.SERVER, traceparent);
  }

  /** Begins what a message of the bus asks for; untraced where it comes without a context. */
  public Trace consume(String name, String traceparent) {
    return tracer == null || traceparent == null
        ? Trace.NONE
        : begin(name, SpanKind.CONSUMER, traceparent);
  }

  /** Begins a question to the database, as a part of {@code whole}. */
  public Trace query(String name, Trace whole) {
    return whole.isRecorded()
        ? begin(name, SpanKind.CLIENT, whole.traceparent()).with("db.system.name", "postgresql")
        : Trace.NONE;
  }

  /** Done when the spans that wait have left, or can't. */
  Future<Void> close() {
    if (sdk == null) {
      return Future.succeededFuture();
    }
    Promise<Void> closed = Promise.promise();
    sdk.shutdown().whenComplete(closed::complete);
    return closed.future();
  }

  private Trace begin(String name, SpanKind kind, String traceparent) {
    SpanBuilder span = tracer.spanBuilder(name).setSpanKind(kind);
    if (traceparent == null) {
      span.setNoParent();
    } else {
      span.setParent(Context.root().with(Span.wrap(context(traceparent))));
    }
    return Trace.of(span.startSpan());
  }

  /** Version, trace id, span id and flags have their places: 00-32 digits-16 digits-2 digits. */
  private static SpanContext context(String traceparent) {
    return SpanContext.createFromRemoteParent(
        traceparent.substring(3, 35),
        traceparent.substring(36, 52),
        TraceFlags.fromHex(traceparent, 53),
        TraceState.getDefault());
  }
}
