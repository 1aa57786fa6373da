package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Steady traffic in closed loops while something happens to the nodes: pairs of a {@link Talker}
 * and its {@link Listener}, spread over the gateways. Whoever loses a gateway goes to the next one.
 */
final class Traffic implements AutoCloseable {
  private final List<Talker> talkers = new ArrayList<>();
  private final List<Listener> listeners = new ArrayList<>();

  /** Where clients may connect, and the name under which each test's users are its own. */
  private Traffic(List<String> wsUris, ServerApi api, String name, int pairs) {
    for (int i = 0; i < pairs; i++) {
      String receiver = name + "-listener-" + i;
      listeners.add(new Listener(new Roamer(wsUris, i + 1, api.login(receiver))));
      talkers.add(new Talker(new Roamer(wsUris, i, api.login(name + "-talker-" + i)), receiver));
    }
  }

  /** Connected and under way when it returns. */
  static Traffic start(List<String> wsUris, ServerApi api, String name, int pairs) {
    Traffic traffic = new Traffic(wsUris, api, name, pairs);
    traffic.all().forEach(Roamer.Loop::start);
    traffic.progress(5);
    return traffic;
  }

  /** Waits until every client has done so many rounds more. */
  void progress(int rounds) {
    List<Long> goals = talkers.stream().map(talker -> talker.rounds() + rounds).toList();
    Await.until(
        () -> {
          for (int i = 0; i < goals.size(); i++) {
            if (talkers.get(i).rounds() < goals.get(i)) {
              return false;
            }
          }
          return true;
        },
        Duration.ofSeconds(40),
        "every client has done " + rounds + " rounds more: " + this);
  }

  /** Ends the talking, and waits until every listener has seen what its talker was acked. */
  Traffic finish() {
    talkers.forEach(Roamer.Loop::stop);
    for (int i = 0; i < talkers.size(); i++) {
      Talker talker = talkers.get(i);
      Listener listener = listeners.get(i);
      Await.until(
          () -> listener.seen().size() >= talker.acked().size(),
          "a listener has all of " + talker.acked().size() + ", has " + listener.seen().size());
    }
    listeners.forEach(Roamer.Loop::stop);
    return this;
  }

  /** Each acked message once, at the offset of its ack, and nothing else but what was not acked. */
  void assertNothingLostOrRepeated() {
    assertThat(all().map(Roamer.Loop::failure).filter(Objects::nonNull))
        .as("what stopped clients")
        .isEmpty();
    for (int i = 0; i < talkers.size(); i++) {
      talkers.get(i).assertSeenBy(listeners.get(i).seen());
    }
  }

  /** Error frames that came as answers. */
  List<String> errors() {
    return talkers.stream().flatMap(talker -> talker.errors().stream()).toList();
  }

  /** Connections that were lost, by talkers and listeners. */
  List<String> lost() {
    return all().flatMap(loop -> loop.roamer().lost().stream()).toList();
  }

  /** Answered requests of all. */
  long rounds() {
    return talkers.stream().mapToLong(Talker::rounds).sum();
  }

  long slowestMillis() {
    return talkers.stream().mapToLong(Talker::slowestMillis).max().orElse(0);
  }

  private Stream<Roamer.Loop> all() {
    return Stream.concat(talkers.stream(), listeners.stream());
  }

  @Override
  public String toString() {
    return "rounds="
        + rounds()
        + " slowest="
        + slowestMillis()
        + " ms errors="
        + errors()
        + " lost="
        + lost()
        + " failed="
        + all().map(Roamer.Loop::failure).filter(Objects::nonNull).toList();
  }

  @Override
  public void close() {
    all().forEach(Roamer.Loop::stop);
  }
}
