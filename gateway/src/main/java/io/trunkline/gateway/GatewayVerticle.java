package io.trunkline.gateway;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.trunkline.gateway.Handshake.UpgradeRefusal;
import io.trunkline.protocol.BusMessage.Reply;
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
    } else if (echo) {
      accept(
          request,
          handshake,
          address,
          socket -> new EchoConnection(instance, socket, address).open(),
          true);
    } else {
      authenticate(request, handshake, address);
    }
  }

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
  private void authenticate(HttpServerRequest request, Handshake handshake, String address) {
    String connectionId = instance.nextConnectionId();
    byte[] body;
    try {
      body = sessionFrame(handshake);
    } catch (Refusal e) {
      refuse(request, address, UpgradeRefusal.badRequest(e.getMessage()));
      return;
    }
    if (body == null) {
      connect(request, handshake, address, connectionId, null);
      return;
    }
    instance
        .inbound()
        .ask("session", connectionId, null, null, body, instance.loop().now())
        .onSuccess(reply -> authenticated(request, handshake, address, connectionId, reply))
        .onFailure(e -> refuse(request, address, UpgradeRefusal.unavailable(e.getMessage())));
  }

  private void authenticated(
      HttpServerRequest request,
      Handshake handshake,
      String address,
      String connectionId,
      Reply reply) {
    String user = UsersElsewhere.userOf(reply);
    if (user == null) {
      refuse(
          request,
          address,
          new UpgradeRefusal(
              401, ErrorCode.UNAUTHENTICATED.wireName(), "the session is not valid"));
    } else {
      instance
          .elsewhere()
          .count(user, reply)
          .onSuccess(there -> counted(request, handshake, address, connectionId, reply, there));
    }
  }

  private void counted(
      HttpServerRequest request,
      Handshake handshake,
      String address,
      String connectionId,
      Reply reply,
      int elsewhere) {
    if (instance.users().isFull(UsersElsewhere.userOf(reply), elsewhere)) {
      refuse(
          request,
          address,
          new UpgradeRefusal(
              429, ErrorCode.RATE_LIMITED.wireName(), "too many connections of this user"));
    } else {
      connect(request, handshake, address, connectionId, UsersElsewhere.counted(reply));
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

  private void connect(
      HttpServerRequest request,
      Handshake handshake,
      String address,
      String connectionId,
      Reply first) {
    accept(
        request,
        handshake,
        address,
        socket -> new Connection(connectionId, instance, socket, address).open(first),
        false);
  }

  private interface Opening {
    void open(Socket socket);
  }

  /** 101, then the channel changes hands. */
  private void accept(
      HttpServerRequest request,
      Handshake handshake,
      String address,
      Opening opening,
      boolean binary) {
    HttpServerResponse response = request.response();
    if (response.closed()) { // while its session was looked up; toNetSocket would never be done
      gateway.upgraded(LOST);
      gateway.doors().leave(address);
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
    request
        .toNetSocket()
        .onSuccess(
            netSocket -> {
              instance.visits().over(request.connection());
              gateway.upgraded(ACCEPTED);
              takeOver(netSocket, opening, binary, compression);
            })
        .onFailure(
            e -> {
              gateway.upgraded(LOST);
              gateway.doors().leave(address);
              log.debug("upgrade_lost", e);
            });
  }

  /**
   * Vert.x' own handlers leave the pipeline, and with them the HTTP connection can be collected.
   */
  private void takeOver(
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
  }

  private void refuse(HttpServerRequest request, String address, UpgradeRefusal refusal) {
    gateway.upgraded(refusal.code());
    gateway.doors().leave(address);
    if (!request.response().ended() && !request.response().closed()) {
      refusal.answer(request);
    }
  }
}
