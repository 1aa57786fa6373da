package io.trunkline.gateway;

import io.trunkline.node.History;
import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.AskNode;
import io.trunkline.protocol.BusMessage.Connections;
import io.trunkline.protocol.BusMessage.DrainGateway;
import io.trunkline.protocol.BusMessage.NodeReport;
import io.trunkline.protocol.BusMessage.NodeSample;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.Refusal;
import io.trunkline.protocol.Times;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The server API's nodes: every member of the cluster as this one sees it, asked over the bus how
 * it is. One that does not answer in time is shown as such and holds nobody up for longer. A
 * gateway among them can be drained, and made to take clients again.
 */
record NodesApi(Node node) {
  /** Some hundred times what an answer takes; a page that asks every two seconds stays in step. */
  private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(1000);

  List<ApiRoute> routes() {
    return List.of(
        new ApiRoute(HttpMethod.GET, "/api/nodes", this::nodes),
        new ApiRoute(HttpMethod.POST, "/api/nodes/:node/drain", context -> drain(context, true)),
        new ApiRoute(
            HttpMethod.DELETE, "/api/nodes/:node/drain", context -> drain(context, false)));
  }

  /** Answered when the gateway has begun, and not when its clients are gone. */
  private Future<Void> drain(RoutingContext context, boolean wished) {
    String gateway = context.pathParam("node");
    ApiAudit.about(context, "node", gateway);
    if (!node.members().of(Role.GATEWAY).contains(gateway)) {
      context.response().setStatusCode(404);
      Answers.json(context.response(), "not_found", "no gateway of this name", false);
      return Future.succeededFuture();
    }
    return node.vertx()
        .eventBus()
        .<BusMessage>request(Addresses.gateway(gateway), new DrainGateway(wished), OPTIONS)
        .recover(lost -> Future.failedFuture(Refusal.unavailable("the gateway does not answer")))
        .compose(answer -> drained(context, answer.body(), wished));
  }

  private static Future<Void> drained(RoutingContext context, BusMessage answer, boolean wished) {
    if (answer instanceof Connections left) {
      FrameWriter body =
          FrameWriter.object().bool("draining", wished).number("connections", left.count());
      return ApiCalls.send(context, 200, body.end());
    }
    return Future.failedFuture(
        answer instanceof Refused refused
            ? new Refusal(refused.code(), refused.message())
            : Refusal.unavailable("the gateway's version cannot do that"));
  }

  private Future<Void> nodes(RoutingContext context) {
    int samples = samples(context.request().getParam("samples"));
    List<Future<JsonObject>> nodes = new ArrayList<>();
    for (Role role : Role.values()) {
      for (String name : new TreeSet<>(node.members().of(role))) {
        nodes.add(ask(name, role, samples));
      }
    }
    return Future.all(nodes)
        .map(all -> new JsonObject().put("nodes", new JsonArray(all.list())))
        .compose(answer -> ApiCalls.send(context, 200, answer.toBuffer().getBytes()));
  }

  private static int samples(String given) {
    if (given == null) {
      return 0;
    }
    if (!given.matches("[0-9]{1,3}") || Integer.parseInt(given) > History.MOST_SAMPLES) {
      throw Refusal.badRequest(
          "samples: expected a whole number from 0 to " + History.MOST_SAMPLES);
    }
    return Integer.parseInt(given);
  }

  /** Never fails. */
  private Future<JsonObject> ask(String name, Role role, int samples) {
    JsonObject shown = new JsonObject().put("name", name).put("role", role.wireName());
    return node.vertx()
        .eventBus()
        .<NodeReport>request(Addresses.node(name), new AskNode(samples), OPTIONS)
        .map(answer -> describe(shown, answer.body(), samples > 0))
        .otherwise(failure -> shown.put("answers", false));
  }

  private static JsonObject describe(JsonObject shown, NodeReport report, boolean withSamples) {
    JsonObject now = new JsonObject();
    for (int i = 0; i < report.now().size(); i++) {
      now.put(report.series().get(i), report.now().get(i));
    }
    shown
        .put("answers", true)
        .put("version", report.version())
        .put("started_at", Times.iso(report.startedAt()))
        .put("now", now);
    if (withSamples) {
      JsonArray samples = new JsonArray();
      report.samples().forEach(sample -> samples.add(row(sample)));
      shown
          .put("step_ms", report.stepMillis())
          .put("series", new JsonArray(report.series()))
          .put("samples", samples);
    }
    return shown;
  }

  /** The time, then a value for each series. */
  private static JsonArray row(NodeSample sample) {
    JsonArray row = new JsonArray().add(sample.at());
    sample.values().forEach(row::add);
    return row;
  }
}
