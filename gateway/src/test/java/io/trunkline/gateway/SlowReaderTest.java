package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.BusMessage.Broadcast;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.Directive;
import io.trunkline.testing.Await;
import io.trunkline.testing.Frame;
import io.trunkline.testing.RawSocket;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Output of a connection is bounded, and nobody waits for one who doesn't read. */
class SlowReaderTest {
  private static final int MAX_UNSENT_BYTES = 65_536;
  private static final int SMALL_BUFFER = 4096;
  private static final String BULK = "x".repeat(32_000);

  /** More than any kernel keeps for a connection whose reader has a small buffer: 8 MB. */
  private static final int TOO_MANY = 250;

  @RegisterExtension
  static final Rig rig =
      new Rig(
          "MAX_UNSENT_BYTES", "" + MAX_UNSENT_BYTES,
          "REQUEST_RATE", "100000",
          "REQUEST_BURST", "100000");

  private static WebSocketProbe slow(String user) {
    String id = rig.service().session(user);
    return rig.keep(
        WebSocketProbe.connect(
            rig.url("/ws"), Map.of("Authorization", "Bearer " + id), List.of(), SMALL_BUFFER));
  }

  private static void broadcast(int number) {
    String frame = "{\"type\":\"broadcast\",\"number\":" + number + ",\"bulk\":\"" + BULK + "\"}";
    rig.service().publish(new Broadcast(frame.getBytes(UTF_8)));
  }

  @Test
  void aReaderThatStopsIsClosedWith4202AndTheOthersGetEverything() {
    WebSocketProbe slow = slow("slow");
    slow.expect("session");
    WebSocketProbe fast = rig.login("fast");
    slow.pause();
    for (int number = 1; number <= TOO_MANY; number++) {
      broadcast(number);
      assertThat(fast.expect("broadcast").getInteger("number")).isEqualTo(number);
    }
    slow.resume();
    assertThat(slow.closeCode()).isEqualTo(4202);
    int taken = slow.waiting();
    assertThat(taken).isBetween(1, TOO_MANY - 1);
    for (int number = 1; number <= taken; number++) {
      assertThat(slow.next().getInteger("number")).isEqualTo(number);
    }
    fast.expectNothing();
  }

  @Test
  void whatAReaderDidNotTakeIsNotCountedAsRead() {
    String id = rig.service().session("behind");
    WebSocketProbe slow =
        rig.keep(
            WebSocketProbe.connect(
                rig.url("/ws"), Map.of("Authorization", "Bearer " + id), List.of(), SMALL_BUFFER));
    slow.expect("session");
    Await.until(() -> rig.service().isFollowed("user:behind"), "the service knows");
    slow.pause();
    for (int i = 0; i < TOO_MANY; i++) {
      rig.service().push(rig.service().append("user:behind", BULK));
    }
    slow.resume();
    assertThat(slow.closeCode()).isEqualTo(4202);
    int taken = slow.waiting();
    Await.until(() -> rig.gateway().connections() == 0, "the connection is gone");
    rig.login("witness").close();
    assertThat(rig.service().cursorOf(id)).isLessThanOrEqualTo(taken);
  }

  @Test
  void aLongLogIsReadAtTheReadersPace() {
    for (int i = 0; i < 300; i++) {
      rig.service().append("user:pace", BULK);
    }
    String id = rig.service().session("pace");
    WebSocketProbe reader =
        rig.keep(
            WebSocketProbe.connect(
                rig.url("/ws?since=0"),
                Map.of("Authorization", "Bearer " + id),
                List.of(),
                SMALL_BUFFER));
    reader.expect("session");
    for (int offset = 1; offset <= 300; offset++) {
      assertThat(reader.expect("stored").getInteger("offset")).isEqualTo(offset);
    }
    reader.expectNothing();
  }

  @Test
  void anEchoClientThatOnlyTalksIsClosedToo() {
    RawSocket socket = rig.open(SMALL_BUFFER);
    assertThat(socket.handshake("/echo", Map.of()).status()).isEqualTo(101);
    byte[] frame = Frame.binary(BULK.getBytes(UTF_8)).masked();
    for (int i = 0; i < TOO_MANY; i++) {
      socket.send(frame);
    }
    Frame last = null;
    for (Frame next = socket.readFrame(); next != null; next = socket.readFrame()) {
      last = next;
    }
    assertThat(last.closeCode()).isEqualTo(4202);
  }

  // Channels without a log, whose rule says that messages may be dropped

  private static final String CHANNEL = "channel:live";
  private static final int SMALL = 2000;
  private static final int BATCHES = 50;
  private static final int BATCH = 100;

  /** Subscribed by a service that gives {@code keep} for the channel. */
  private static WebSocketProbe subscribed(WebSocketProbe probe, int keep) {
    rig.service()
        .answer(
            "subscribe",
            request ->
                Future.succeededFuture(
                    Reply.of(
                        "{\"type\":\"subscribed\"}".getBytes(UTF_8),
                        Directive.Follow.unlogged(CHANNEL, keep))));
    probe.send("{\"type\":\"subscribe\",\"channel\":\"live\"}");
    probe.expect("subscribed");
    return probe;
  }

  private static void publishAll() {
    String bulk = "x".repeat(SMALL);
    for (int batch = 0; batch < BATCHES; batch++) {
      int first = batch * BATCH;
      rig.service()
          .push(
              IntStream.range(first, first + BATCH)
                  .mapToObj(i -> "{\"type\":\"m\",\"number\":" + i + ",\"bulk\":\"" + bulk + "\"}")
                  .map(frame -> new Delivery(CHANNEL, 0, frame.getBytes(UTF_8)))
                  .toArray(Delivery[]::new));
    }
  }

  private static List<Integer> numbersUpToTheLast(WebSocketProbe probe) {
    List<Integer> numbers = new ArrayList<>();
    do {
      numbers.add(probe.expect("m").getInteger("number"));
    } while (numbers.get(numbers.size() - 1) < BATCHES * BATCH - 1);
    return numbers;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20})
  void aReaderWhoIsTooSlowForAChannelThatMayDropGetsTheNewestAndStays(int keep) {
    WebSocketProbe slow = slow("slow");
    slow.expect("session");
    subscribed(slow, keep);
    WebSocketProbe fast = subscribed(rig.login("fast"), 0);
    slow.pause();
    publishAll();
    assertThat(numbersUpToTheLast(fast)).hasSize(BATCHES * BATCH);
    slow.resume();
    List<Integer> numbers = numbersUpToTheLast(slow);
    assertThat(numbers).hasSizeLessThan(BATCHES * BATCH).isSorted().doesNotHaveDuplicates();
    int from = BATCHES * BATCH - keep;
    assertThat(numbers.subList(numbers.size() - keep, numbers.size()))
        .isEqualTo(IntStream.range(from, BATCHES * BATCH).boxed().toList());
    assertThat(numbers.get(numbers.size() - keep - 1)).isLessThan(from - 1);
    slow.expectNothing();
  }
}
