package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.node.Count;
import io.trunkline.protocol.BusMessage.Broadcast;
import io.trunkline.testing.Frame;
import io.trunkline.testing.RawSocket;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * Clients that behave: each reads all that comes, by a thread of its own, and finds out whether any
 * broadcast is missing, comes twice or comes late; some also ask.
 */
final class GoodClients {
  /** Times that each client remembers. */
  private static final int LATEST = 1024;

  private final Rig rig;
  private final List<Client> clients = new ArrayList<>();
  private int broadcasts;

  /** Connects {@code count}, each a user with a session. */
  GoodClients(Rig rig, int count) {
    this.rig = rig;
    for (int i = 0; i < count; i++) {
      clients.add(new Client(rig, "good-" + i));
    }
  }

  int count() {
    return clients.size();
  }

  /** One message to all, and one request of the next few. */
  void turn() {
    long now = System.nanoTime();
    String frame = "{\"type\":\"broadcast\",\"number\":" + ++broadcasts + ",\"at\":" + now + "}";
    rig.service().publish(new Broadcast(frame.getBytes(UTF_8)));
    for (int i = 0; i < 10; i++) {
      clients.get((broadcasts * 10 + i) % clients.size()).ask();
    }
  }

  /** Whether everybody has had every broadcast and answer; fails where something went wrong. */
  boolean haveEverything() {
    clients.forEach(client -> assertThat(client.failure).as(client.user).isNull());
    return clients.stream()
        .allMatch(c -> c.broadcasts.get() == broadcasts && c.answers.get() == c.asked);
  }

  void forgetLatencies() {
    clients.forEach(Client::forgetLatencies);
  }

  /** Of the latest times since then, the one below which this part of them is. */
  long latencyMillis(double part) {
    long[] all = clients.stream().flatMapToLong(Client::latencies).sorted().toArray();
    return TimeUnit.NANOSECONDS.toMillis(all[(int) (part * (all.length - 1))]);
  }

  private static final class Client {
    private final String user;
    private final RawSocket socket;
    private int asked;

    /** These are the reader's. */
    private final Count broadcasts = new Count();

    private final Count answers = new Count();
    private volatile Throwable failure;
    private final long[] nanos = new long[LATEST];
    private int count;

    Client(Rig rig, String user) {
      this.user = user;
      String session = rig.service().session(user);
      socket = rig.raw("/ws", Map.of("Authorization", "Bearer " + session));
      assertThat(socket.readFrame().text()).contains("\"valid\"");
      Thread reader = new Thread(this::read, "good-client");
      reader.setDaemon(true);
      reader.start();
    }

    void ask() {
      asked++;
      socket.send(Frame.text("{\"type\":\"echo\",\"content\":" + System.nanoTime() + "}"));
    }

    synchronized void forgetLatencies() {
      count = 0;
    }

    synchronized LongStream latencies() {
      return Arrays.stream(Arrays.copyOf(nanos, Math.min(count, LATEST)));
    }

    private void read() {
      try {
        for (Frame frame = socket.readFrame(); ; frame = socket.readFrame()) {
          if (frame == null || frame.opcode() == Frame.CLOSE) {
            throw new AssertionError("closed: " + frame);
          } else if (frame.opcode() == Frame.PING) {
            socket.send(new Frame(true, 0, Frame.PONG, frame.payload()));
          } else {
            take(new JsonObject(frame.text()));
          }
        }
      } catch (RuntimeException | AssertionError e) {
        failure = e;
      }
    }

    private void take(JsonObject message) {
      if ("broadcast".equals(message.getString("type"))) {
        assertThat(message.getInteger("number")).isEqualTo((int) broadcasts.get() + 1);
        took(message.getLong("at"));
        broadcasts.increment();
      } else {
        assertThat(message.getString("type")).as(message.encode()).isEqualTo("echo");
        took(message.getLong("content"));
        answers.increment();
      }
    }

    private synchronized void took(long since) {
      nanos[count++ % LATEST] = System.nanoTime() - since;
    }
  }
}
