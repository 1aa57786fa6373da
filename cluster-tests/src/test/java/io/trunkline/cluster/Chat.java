package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Users who write to each other all the time while a fault is on, others who only listen, and on
 * each gateway somebody who asks; at the end the audit of what was promised to all of them.
 */
final class Chat implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Chat.class);

  /** Both session services have answered by then. */
  private static final int ASKED_AGAIN = 4;

  /** Of a request that may be tried again; half of all attempts go to a service that is cut off. */
  private static final int MOST_TRIES = 4;

  private final Vertx vertx;
  private final ProcessCluster cluster;
  private final String name;
  private final long seed;
  private final ChaosJournal journal = new ChaosJournal();
  private final List<ChaosClient> writers = new ArrayList<>();
  private final List<ChaosClient> listeners = new ArrayList<>();
  private final List<Client> askers = new ArrayList<>();
  private final Set<String> users = new TreeSet<>();

  /**
   * Nobody is connected yet.
   *
   * @param name begins the names of the users; letters only
   */
  Chat(Vertx vertx, ProcessCluster cluster, String name, long seed) {
    this.vertx = vertx;
    this.cluster = cluster;
    this.name = name;
    this.seed = seed;
  }

  /** Begins with so many writers who hop between all gateways, and so many who stay at each. */
  Chat start(int hopping, int staying) {
    int gateways = cluster.gateways().size();
    List<String> names =
        IntStream.range(0, hopping + gateways * staying).mapToObj(i -> name + "w" + i).toList();
    for (int i = 0; i < names.size(); i++) {
      boolean hops = i < hopping;
      ChaosClient writer =
          user(
              names.get(i),
              names,
              List.of(name + "-room"),
              hops ? cluster.gatewayAddresses() : List.of(cluster.gatewayAddress(i % gateways)));
      if (!hops) {
        writer.settle();
      }
      writers.add(writer);
    }
    for (int i = 0; i < gateways; i++) {
      String listener = user("l", i);
      listeners.add(user(listener, List.of(), List.of(), List.of(cluster.gatewayAddress(i))));
      listeners.get(i).settle();
      listeners.get(i).finishSending();
      askers.add(connect(i, user("a", i)));
    }
    writers.forEach(ChaosClient::start);
    listeners.forEach(ChaosClient::start);
    progress(names.size(), Duration.ofSeconds(20));
    return this;
  }

  /** Writes to {@code receivers} and to {@code channels}, which it reads as well. */
  private ChaosClient user(
      String user, List<String> receivers, List<String> channels, List<SocketAddress> gateways) {
    return new ChaosClient(
        vertx,
        journal,
        seed + users.size(),
        new ChaosReader(journal, user, channels),
        user,
        login(user),
        receivers,
        channels,
        gateways);
  }

  private String login(String user) {
    users.add(user);
    SocketAddress gateway = cluster.gatewayAddress(users.size() % cluster.gateways().size());
    return new ServerApi(gateway.host(), gateway.port()).login(user);
  }

  private Client connect(int gateway, String user) {
    return Client.connect(cluster.wsUri(gateway), login(user));
  }

  /** Whoever asks at this gateway. */
  Client asker(int gateway) {
    return askers.get(gateway);
  }

  /** The one at {@code gateway} asks again, on a new connection. */
  void connectAsker(int gateway) {
    askers.set(gateway, connect(gateway, user("a", gateway)));
  }

  /** The name of the listener ({@code l}) or asker ({@code a}) at this gateway. */
  String user(String kind, int gateway) {
    return name + kind + gateway;
  }

  long acked() {
    return journal.messages().stream().filter(message -> message.offset != 0).count();
  }

  /** Waits until so many messages more are acked. */
  void progress(int messages, Duration within) {
    long goal = acked() + messages;
    Await.until(() -> acked() >= goal, within, "%d more are acked".formatted(messages));
  }

  /**
   * A message from one gateway to an inbox on another in which nothing else happens, so that only
   * the frame itself or a word about the inbox can bring it.
   *
   * @return milliseconds until it was there
   */
  long whisper(int from, int to, Duration within) {
    ChaosClient listener = listeners.get(to);
    String inbox = ChaosReader.inbox(listener.user());
    long begin = System.nanoTime();
    JsonObject ack = write(asker(from), listener.user());
    long acked = System.nanoTime();
    Await.until(
        () -> listener.reader().lastSeen(inbox) >= ack.getLong("offset"),
        within,
        "%s at gateway %d has what gateway %d stored".formatted(listener.user(), to, from));
    log.info(
        "whisper from={} to={} acked_millis={} seen_millis={}",
        from,
        to,
        (acked - begin) / 1_000_000,
        (System.nanoTime() - acked) / 1_000_000);
    return (System.nanoTime() - begin) / 1_000_000;
  }

  /** Writes until it is acked, under one id. */
  private static JsonObject write(Client asker, String receiver) {
    JsonObject message =
        Client.frame(
            "private_message", "receiver", receiver, "message", new JsonObject().put("number", -1));
    JsonObject answer = asker.ask(message);
    for (int i = 1; i < MOST_TRIES && answer.getBoolean("retryable", false); i++) {
      answer = asker.ask(message);
    }
    assertThat(answer.getString("type")).as(answer.encode()).isEqualTo("ack");
    return answer;
  }

  /** Whom gateway {@code gateway} sees online. */
  Set<String> online(int gateway) {
    Set<String> online = new HashSet<>();
    JsonObject answer = asker(gateway).ask("presence");
    answer.getJsonArray("users").forEach(user -> online.add((String) user));
    return online;
  }

  /** Nobody hops any more, and every service says of every user that he is there. */
  void everybodyIsOnline(Duration within) {
    writers.forEach(ChaosClient::settle);
    for (int i = 0; i < askers.size(); i++) {
      everybodyIsOnline(i, within);
    }
  }

  private void everybodyIsOnline(int gateway, Duration within) {
    try {
      Await.until(
          () -> IntStream.range(0, ASKED_AGAIN).allMatch(i -> online(gateway).equals(users)),
          within,
          "gateway " + gateway + " sees everybody");
    } catch (AssertionError late) {
      assertThat(online(gateway)).as("online at gateway " + gateway).isEqualTo(users);
      throw late;
    }
  }

  /** No more is written; waits until everything has come, and holds it against the promise. */
  void audit(Duration within) {
    writers.forEach(ChaosClient::settle);
    writers.forEach(ChaosClient::finishSending);
    long begin = System.nanoTime();
    try {
      Await.until(
          () -> writers.stream().allMatch(ChaosClient::isIdle) && journal.missing().isEmpty(),
          within,
          "everything is there");
    } catch (AssertionError late) {
      log.warn("chat_not_healed {}", late.getMessage());
    }
    log.info(
        "chat_end name={} seed={} sent={} settled_millis={}",
        name,
        seed,
        journal.sentCount(),
        (System.nanoTime() - begin) / 1_000_000);
    assertThat(writers).as("all is acked").allMatch(ChaosClient::isIdle);
    assertThat(journal.audit()).as("broken promises with seed " + seed).isEmpty();
  }

  @Override
  public void close() {
    writers.forEach(ChaosClient::stop);
    listeners.forEach(ChaosClient::stop);
    askers.forEach(Client::close);
  }
}
