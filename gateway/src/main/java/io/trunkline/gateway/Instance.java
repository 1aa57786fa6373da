package io.trunkline.gateway;

import io.trunkline.node.Lateness;
import io.trunkline.node.Peers;
import io.trunkline.node.Tracing;
import io.trunkline.protocol.BusMessage.SessionState;
import io.trunkline.protocol.CloseCode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What one event loop of the gateway holds: its connections and the parts that serve them. Confined
 * to that loop, except for what says otherwise.
 */
final class Instance {
  /** Between two looks at what clients have not taken; shorter than scrapes are apart. */
  private static final long LOOK_MILLIS = 5000;

  private final Gateway gateway;
  private final int number;
  private final String idPrefix;
  private final Loop loop;
  private final Lateness lateness;
  private final Visits visits;
  private final Unanswered unanswered;
  private final Hub hub;
  private final FrameCheck frames;
  private final RequestBatches batches;
  private final Inbound inbound;
  private final Relaying relaying;
  private final UsersElsewhere elsewhere;
  private final RequestMeters requestMeters;
  private final long timer;
  private final Cursors cursors;
  private final SessionChecks sessions;
  private final Set<Connection> connections = new HashSet<>();
  private final Set<EchoConnection> echoes = new HashSet<>();

  /** Connections by session, SHA-256 in hex; never an empty set. */
  private final Map<String, Set<Connection>> bySession = new HashMap<>();

  private long connectionCount;

  /** The newest that has begun here; null before the first. */
  private Drain drain;

  /** Connections there were when it began. */
  private int drainedFrom;

  /** Must be called on the context that it is for. */
  Instance(Gateway gateway, int number) {
    this.gateway = gateway;
    this.number = number;
    this.idPrefix = gateway.incarnation() + "-" + number + "-";
    loop = new Loop(gateway.vertx());
    lateness = Lateness.of(gateway.vertx());
    visits = new Visits(gateway.doors(), loop, settings().handshakeSeconds());
    unanswered = new Unanswered(gateway.vertx());
    Questions questions = new Questions(gateway.vertx(), unanswered);
    elsewhere = new UsersElsewhere(gateway.vertx());
    cursors = new Cursors(gateway.vertx(), questions);
    sessions = new SessionChecks(gateway.vertx(), questions);
    requestMeters = new RequestMeters(gateway.meters());
    frames = new FrameCheck(gateway.types());
    batches = new RequestBatches(gateway.vertx(), loop, number);
    inbound =
        new Inbound(
            gateway.vertx(),
            batches,
            gateway.node().name(),
            settings().heartbeatSeconds(),
            unanswered,
            frames,
            requestMeters,
            gateway.node().tracing());
    hub = new Hub(loop, gateway.interest(), new LogClient(questions), cursors);
    relaying =
        new Relaying(
            loop,
            gateway.node().name(),
            gateway.interest()::hubs,
            // It was there when a session service said so, a moment ago.
            new Peers(gateway.vertx(), gateway.deliveryMeters(), there -> true),
            gateway.node().tracing());
    timer = gateway.vertx().setPeriodic(LOOK_MILLIS, id -> lookAtReaders());
  }

  GatewaySettings settings() {
    return gateway.settings();
  }

  /** Any thread. */
  Loop loop() {
    return loop;
  }

  /** Whether this loop has more to do than it can, so that whoever comes would slow it further. */
  boolean isOverloaded() {
    return lateness.millis() > settings().maxLoopLagMillis();
  }

  Visits visits() {
    return visits;
  }

  Hub hub() {
    return hub;
  }

  Inbound inbound() {
    return inbound;
  }

  int number() {
    return number;
  }

  RequestBatches batches() {
    return batches;
  }

  Relaying relaying() {
    return relaying;
  }

  Tracing tracing() {
    return gateway.node().tracing();
  }

  FrameCheck frames() {
    return frames;
  }

  RequestMeters requestMeters() {
    return requestMeters;
  }

  SessionChecks sessions() {
    return sessions;
  }

  /** Connections of this node by user. Any thread. */
  Admission users() {
    return gateway.users();
  }

  /** Bytes of requests without an answer, of this node. Any thread. */
  Capacity unanswered() {
    return gateway.unanswered();
  }

  UsersElsewhere elsewhere() {
    return elsewhere;
  }

  /** An id that no other connection of the cluster has had. */
  String nextConnectionId() {
    return idPrefix + Long.toString(++connectionCount, Character.MAX_RADIX);
  }

  void opened(Connection connection) {
    connections.add(connection);
  }

  void opened(EchoConnection connection) {
    echoes.add(connection);
  }

  /** The connection's session is another than {@code before}, which may be null. */
  void identified(Connection connection, String before) {
    if (before != null) {
      forget(connection, before);
    }
    bySession.computeIfAbsent(connection.session(), session -> new HashSet<>(2)).add(connection);
  }

  void closed(Connection connection, String address) {
    connections.remove(connection);
    gateway.doors().leave(address);
    if (connection.session() != null) {
      forget(connection, connection.session());
      cursors.closing(connection.session());
    }
  }

  void closed(EchoConnection connection, String address) {
    echoes.remove(connection);
    gateway.doors().leave(address);
  }

  /** One frame to every connection that has a session; built once. */
  void broadcast(byte[] payload) {
    TextFrame frame = hub.textFrame(payload);
    for (Connection connection : connections) {
      if (connection.takesBroadcasts()) {
        loop.counts().broadcasts.increment();
        connection.socket().write(frame);
      }
    }
    frame.release();
  }

  void sessionsEnded(List<String> ended) {
    for (String session : ended) {
      for (Connection connection : List.copyOf(bySession.getOrDefault(session, Set.of()))) {
        connection.sessionEnded();
      }
    }
  }

  void sessionsChanged(List<SessionState> changed) {
    for (SessionState state : changed) {
      for (Connection connection : bySession.getOrDefault(state.session(), Set.of())) {
        connection.changed(state.expiresAt(), state.permissions());
      }
    }
  }

  /** Somebody who knows these users' sessions says that something may have become of them. */
  void usersChanged(Set<String> users) {
    for (Connection connection : connections) {
      if (connection.watched() != null && users.contains(connection.user())) {
        sessions.look(connection);
      }
    }
  }

  /** Somebody with the right to says that this user is to go. */
  void disconnect(String user) {
    List.copyOf(connections).stream()
        .filter(connection -> connection.hasSession() && connection.user().equals(user))
        .forEach(connection -> connection.close(CloseCode.NOT_ALLOWED));
  }

  int connectionsOpen() {
    return open() + echoesOpen();
  }

  /** On {@code /ws}. */
  int open() {
    return connections.size();
  }

  int echoesOpen() {
    return echoes.size();
  }

  private void lookAtReaders() {
    long unsent = 0;
    long slow = 0;
    for (Connection connection : connections) {
      unsent += connection.socket().unsentBytes();
      slow += connection.isOpen() && !connection.isWritable() ? 1 : 0;
    }
    for (EchoConnection connection : echoes) {
      unsent += connection.unsentBytes();
    }
    loop.counts().unsentBytes.set(unsent);
    loop.counts().slowReaders.set(slow);
  }

  /** Compares with the database what is followed here, and which sessions are good. */
  void recheck() {
    hub.recheck();
    sessions.verify(connections);
  }

  /** Another node has died or answers no more. */
  void nodeLost() {
    unanswered.nodeLost();
  }

  void closeAll(CloseCode code) {
    List.copyOf(connections).forEach(connection -> connection.close(code));
  }

  /**
   * Closes up to {@code count} connections with 4200, those included that are closing already; how
   * many anew. Whoever has just come, waits for an answer or has something to read stays.
   */
  int move(int count) {
    List<Connection> open = connections.stream().filter(Connection::isOpen).toList();
    int closing = connections.size() - open.size();
    long cameBefore = loop.now() - Balance.STAY_MILLIS;
    List<Connection> moved =
        open.stream()
            .filter(connection -> connection.mayBeMoved(cameBefore))
            .limit(Math.max(0, count - closing))
            .toList();
    moved.forEach(connection -> connection.close(CloseCode.MOVED));
    return moved.size();
  }

  /**
   * Sends connections away, each with a reason of its own, until of those that there were at the
   * first call for this drain no more than this part is left, rounded down.
   */
  void drain(Drain caller, double mayStay, Supplier<String> reason) {
    List<Socket> open = openSockets();
    if (drain != caller) {
      drain = caller;
      drainedFrom = open.size();
    }
    int most = (int) (drainedFrom * mayStay);
    for (Socket socket : open.subList(0, Math.max(0, open.size() - most))) {
      socket.close(CloseCode.DRAINING.code(), reason.get());
    }
  }

  private List<Socket> openSockets() {
    return Stream.concat(
            connections.stream().map(Connection::socket),
            echoes.stream().map(EchoConnection::socket))
        .filter(Socket::isOpen)
        .toList();
  }

  void stop() {
    loop.context().owner().cancelTimer(timer);
    cursors.stop();
    loop.stop();
  }

  private void forget(Connection connection, String session) {
    Set<Connection> those = bySession.get(session);
    if (those != null && those.remove(connection) && those.isEmpty()) {
      bySession.remove(session);
    }
  }
}
