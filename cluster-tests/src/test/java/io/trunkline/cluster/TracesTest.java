package io.trunkline.cluster;

import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Real processes with OpenTelemetry's own variables, and a collector that keeps what they send. */
class TracesTest {
  private static final String CLIENT_SPAN = "b7ad6b7169203331";

  /** The exporter sends twice a second here. */
  private static final Duration EXPORTED_WITHIN = Duration.ofSeconds(20);

  /**
   * @param process its service.name and service.instance.id
   */
  private record Work(String process, String name, String trace, String id, String parent) {}

  private static final Queue<Work> came = new ConcurrentLinkedQueue<>();
  private static final Queue<String> bodies = new ConcurrentLinkedQueue<>();

  private static Vertx vertx;
  private static ProcessCluster cluster;

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
    HttpServer collector =
        Await.result(
            vertx.createHttpServer().requestHandler(TracesTest::collect).listen(0, "127.0.0.1"));
    cluster =
        new ProcessCluster(
                "traces-" + UUID.randomUUID(),
                2,
                1,
                TestPostgres.freshDatabase(),
                Map.of(
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    "http://127.0.0.1:" + collector.actualPort(),
                    "OTEL_EXPORTER_OTLP_PROTOCOL",
                    "http/protobuf",
                    "OTEL_BSP_SCHEDULE_DELAY",
                    "500"))
            .start();
  }

  @AfterAll
  static void stop() {
    cluster.close();
    Await.result(vertx.close());
  }

  private static void collect(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            body -> {
              keep(body);
              request.response().putHeader("content-type", "application/x-protobuf").end();
            });
  }

  private static void keep(Buffer body) {
    try {
      ExportTraceServiceRequest export = ExportTraceServiceRequest.parseFrom(body.getBytes());
      bodies.add(export.toString());
      export.getResourceSpansList().forEach(TracesTest::keep);
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static void keep(ResourceSpans resource) {
    Map<String, String> names =
        resource.getResource().getAttributesList().stream()
            .collect(Collectors.toMap(KeyValue::getKey, kv -> kv.getValue().getStringValue()));
    String process = names.get("service.name") + " " + names.get("service.instance.id");
    resource.getScopeSpansList().stream()
        .flatMap(scope -> scope.getSpansList().stream())
        .forEach(span -> came.add(work(process, span)));
  }

  private static Work work(String process, Span span) {
    HexFormat hex = HexFormat.of();
    return new Work(
        process,
        span.getName(),
        hex.formatHex(span.getTraceId().toByteArray()),
        hex.formatHex(span.getSpanId().toByteArray()),
        hex.formatHex(span.getParentSpanId().toByteArray()));
  }

  private static String newTrace() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  private static Work only(String name, String trace) {
    Await.until(
        () -> came.stream().anyMatch(w -> w.name().equals(name) && w.trace().equals(trace)),
        EXPORTED_WITHIN,
        name + " is exported");
    List<Work> found =
        came.stream().filter(w -> w.name().equals(name) && w.trace().equals(trace)).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  @Test
  void aMessageIsOneTraceFromItsFrameThroughPostgresToItsReader() {
    String trace = newTrace();
    try (Client alice = client(0, "alice");
        Client bob = client(1, "bob")) {
      alice.send(
          Client.frame(
              "private_message",
              "id",
              trace,
              "receiver",
              "bob",
              "message",
              "a-secret-text",
              "traceparent",
              "00-" + trace + "-" + CLIENT_SPAN + "-01"));
      assertFrame(alice.next()).is("ack");
      assertFrame(bob.next()).is("private_message");
      Work request = only("request", trace);
      Work handle = only("handle", trace);
      Work append = only("append", trace);
      Work deliver = only("deliver", trace);
      assertThat(request.parent()).isEqualTo(CLIENT_SPAN);
      assertThat(handle.parent()).isEqualTo(request.id());
      assertThat(append.parent()).isEqualTo(handle.id());
      assertThat(deliver.parent()).isEqualTo(handle.id());
      assertThat(request.process()).isEqualTo("trunkline-gateway gateway0");
      assertThat(append.process()).isEqualTo("trunkline-session session0");
      assertThat(deliver.process()).isEqualTo("trunkline-gateway gateway1");
    }
  }

  @Test
  void aClientThatDoesNotWantToBeTracedIsNot() {
    String trace = newTrace();
    try (Client carol = client(0, "carol")) {
      carol.ask("echo", "content", 1, "traceparent", "00-" + trace + "-" + CLIENT_SPAN + "-00");
      String later = newTrace();
      carol.ask("echo", "content", 1, "traceparent", "00-" + later + "-" + CLIENT_SPAN + "-01");
      only("handle", later);
      assertThat(came).noneMatch(work -> work.trace().equals(trace));
    }
  }

  @Test
  void noSpanNamesAUserOrWhatAMessageSays() {
    aMessageIsOneTraceFromItsFrameThroughPostgresToItsReader();
    assertThat(bodies).noneMatch(body -> body.contains("alice") || body.contains("bob"));
    assertThat(bodies).noneMatch(body -> body.contains("a-secret-text"));
  }

  private static Client client(int gateway, String user) {
    String id = new ServerApi(cluster.httpPort(gateway)).login(user);
    return Client.connect(cluster.wsUri(gateway), id);
  }
}
