package io.trunkline.gateway;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.trunkline.gateway.Handshake.UpgradeRefusal;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.CloseCode;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.protocol.Refusal;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import io.vertx.ext.web.Router;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts upgrades on one event loop. A request is an upgrade that is refused or becomes a {@link
 * Connection}, or else the router's. After the upgrade the channel is ours alone: no HTTP
 * connection stays behind it.
 */
final class GatewayVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(GatewayVerticle.class);

  /** Replays stop above this, or half of what may be unsent, and go on below a quarter of it. */
  private static final int HIGH_WATER_BYTES = 64 * 1024;

  /** How an upgrade may end that is not refused. */
  private static final String ACCEPTED = "accepted";

  private static final String LOST = "lost";

  private final Gateway gateway;
  private final int number;
  private Instance instance;
  private Router router;
  private HttpServer server;

  /** Null where there is none, and on all instances but one. */
  private CertificateWatch certificate;

  GatewayVerticle(Gateway gateway, int number) {
    this.gateway = gateway;
    this.number = number;
  }

  @Override
  public Future<?> start() {
    instance = new Instance(gateway, number);
    router = gateway.router(vertx);
    server =
        vertx
            .createHttpServer(HttpOptions.of(gateway.settings()))
            .connectionHandler(instance.visits()::arrived)
            .invalidRequestHandler(UpgradeRefusal::answerInvalid)
            .requestHandler(this::onRequest);
    return server
        .listen()
        .onSuccess(listening -> gateway.started(instance, listening.actualPort()))
        .onSuccess(listening -> watchCertificate());
  }

  /** All instances share one listening socket and its certificate: one of them looks after it. */
  private void watchCertificate() {
    if (number == 0 && gateway.settings().tls() != null) {
      certificate = new CertificateWatch(vertx, server, gateway.settings());
      certificate.start();
    }
  }

  @Override
  public Future<?> stop() {
    instance.stop();
    if (certificate != null) {
      certificate.stop();
    }
    return server.close();
  }

  private void onRequest(HttpServerRequest request) {
    instance.visits().asked(request);
    String path = request.path();
    if (path == null || !path.startsWith("/")) {
      UpgradeRefusal.badRequest("expected a path that begins with /").answer(request);
      return;
    }
    switch (path) {
      case "/ws", "/websocket" -> upgrade(request, false);
      case "/echo" -> {
        if (gateway.settings().echo()) {
          upgrade(request, true);
        } else {
          router.handle(request);
        }
      }
      default -> router.handle(request);
    }
  }

  // The upgrade, stage by stage; each may refuse

  private void upgrade(HttpServerRequest request, boolean echo) {
    Handshake handshake = new Handshake(request, gateway.settings().sessionCookie());
    UpgradeRefusal refusal = refusal(handshake);
    String address = gateway.doors().clientOf(request);
    if (refusal == null) {
      refusal = gateway.doors().enter(address);
    }
    if (refusal != null) {
      gateway.upgraded(refusal.code());
      refusal.answer(request);
      return;
    }
    Upgrade upgrade = new Upgrade(request, handshake, address, EarlyBytes.watch(request));
    if (echo) {
      accept(upgrade, socket -> new EchoConnection(instance, socket, address).open(), true);
    } else {
      authenticate(upgrade);
    }
  }

  /** One that has been let in by the doors, and has no answer yet. */
  private record Upgrade(
      HttpServerRequest request, Handshake handshake, String address, EarlyBytes early) {}

  private UpgradeRefusal refusal(Handshake handshake) {
    UpgradeRefusal refusal = handshake.check();
    if (refusal == null && !gateway.allowsOrigin(handshake.origin(), handshake.host())) {
      refusal = new UpgradeRefusal(403, ErrorCode.FORBIDDEN.wireName(), "origin not allowed");
    }
    if (refusal == null && gateway.isDraining()) {
      refusal = UpgradeRefusal.unavailable("this gateway is draining");
    }
    if (refusal == null && gateway.isCutOff()) {
      refusal = UpgradeRefusal.unavailable("no session service can be reached");
    }
    if (refusal == null && instance.isOverloaded()) {
      refusal = UpgradeRefusal.unavailable("this gateway has more to do than it can");
    }
    return refusal;
  }

  /** A session that comes with the handshake is looked up before the upgrade is answered. */
  private void authenticate(Upgrade upgrade) {
    String connectionId = instance.nextConnectionId();
    byte[] body;
    try {
      body = sessionFrame(upgrade.handshake());
    } catch (Refusal e) {
      refuse(upgrade, UpgradeRefusal.badRequest(e.getMessage()));
      return;
    }
    if (body == null) {
      connect(upgrade, connectionId, null);
      return;
    }
    instance
        .inbound()
        .ask("session", connectionId, null, null, body, instance.loop().now())
        .onSuccess(reply -> authenticated(upgrade, connectionId, reply))
        .onFailure(e -> refuse(upgrade, UpgradeRefusal.unavailable(e.getMessage())));
  }

  private void authenticated(Upgrade upgrade, String connectionId, Reply reply) {
    String user = UsersElsewhere.userOf(reply);
    if (user == null) {
      refuse(
          upgrade,
          new UpgradeRefusal(
              401, ErrorCode.UNAUTHENTICATED.wireName(), "the session is not valid"));
    } else {
      instance
          .elsewhere()
          .count(user, reply)
          .onSuccess(there -> counted(upgrade, connectionId, reply, there));
    }
  }

  private void counted(Upgrade upgrade, String connectionId, Reply reply, int elsewhere) {
    if (instance.users().isFull(UsersElsewhere.userOf(reply), elsewhere)) {
      refuse(
          upgrade,
          new UpgradeRefusal(
              429, ErrorCode.RATE_LIMITED.wireName(), "too many connections of this user"));
    } else {
      connect(upgrade, connectionId, UsersElsewhere.counted(reply));
    }
  }

  private static byte[] sessionFrame(Handshake handshake) {
    Long since = handshake.since();
    String sessionId = handshake.sessionId();
    if (sessionId == null) {
      return null;
    }
    FrameWriter frame = FrameWriter.frame("session").string("session_id", sessionId);
    return (since == null ? frame : frame.number("since", since)).end();
  }

  private void connect(Upgrade upgrade, String connectionId, Reply first) {
    String address = upgrade.address();
    accept(
        upgrade,
        socket -> new Connection(connectionId, instance, socket, address).open(first),
        false);
  }

  private interface Opening {
    void open(Socket socket);
  }

  /** 101, then the channel changes hands. */
  private void accept(Upgrade upgrade, Opening opening, boolean binary) {
    HttpServerRequest request = upgrade.request();
    Handshake handshake = upgrade.handshake();
    HttpServerResponse response = request.response();
    if (response.closed()) { // while its session was looked up; toNetSocket would never be done
      gateway.upgraded(LOST);
      gateway.doors().leave(upgrade.address());
      return;
    }
    response
        .putHeader("Upgrade", "websocket")
        .putHeader("Connection", "Upgrade")
        .putHeader("Sec-WebSocket-Accept", handshake.accept());
    if (handshake.offersSubprotocol()) {
      response.putHeader("Sec-WebSocket-Protocol", Handshake.SUBPROTOCOL);
    }
    Compression compression = gateway.settings().compression() ? handshake.compression() : null;
    if (compression != null) {
      response.putHeader("Sec-WebSocket-Extensions", compression.answer());
    }
    instance.visits().over(request.connection()); // before the client can know, and come again
    request
        .toNetSocket()
        .onSuccess(
            netSocket -> {
              gateway.upgraded(ACCEPTED);
              Socket socket = takeOver(netSocket, opening, binary, compression);
              upgrade.early().end();
              if (upgrade.early().found()) {
                socket.close(CloseCode.PROTOCOL_ERROR.code(), EarlyBytes.REASON);
              }
            })
        .onFailure(
            e -> {
              gateway.upgraded(LOST);
              gateway.doors().leave(upgrade.address());
              log.debug("upgrade_lost", e);
            });
  }

  /**
   * Vert.x' own handlers leave the pipeline, and with them the HTTP connection can be collected.
   */
  private Socket takeOver(
      NetSocket netSocket, Opening opening, boolean binary, Compression compression) {
    GatewaySettings settings = gateway.settings();
    ChannelHandlerContext channel = ((NetSocketInternal) netSocket).channelHandlerContext();
    int high = Math.min(HIGH_WATER_BYTES, settings.maxUnsentBytes() / 2);
    channel
        .channel()
        .config()
        .setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(high / 4, high));
    Socket socket =
        new Socket(
            instance.loop(),
            settings.maxMessageBytes(),
            settings.maxUnsentBytes(),
            binary,
            compression);
    channel.pipeline().addLast("websocket", socket);
    opening.open(socket);
    if (channel.pipeline().get("idle") != null) {
      channel.pipeline().remove("idle");
    }
    channel.pipeline().remove(channel.name());
    channel.channel().config().setAutoRead(true);
    if (!channel.channel().isActive()) {
      socket.channelInactive(channel);
    }
    return socket;
  }

  private void refuse(Upgrade upgrade, UpgradeRefusal refusal) {
    HttpServerRequest request = upgrade.request();
    gateway.upgraded(refusal.code());
    gateway.doors().leave(upgrade.address());
    upgrade.early().end();
    if (!request.response().ended() && !request.response().closed()) {
      refusal.answer(request, upgrade.early().found());
    }
  }
}
