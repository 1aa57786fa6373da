package io.trunkline.node;

import com.hazelcast.cluster.Member;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage.Done;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps requests away from nodes that would not answer: those that are dead, as soon as Hazelcast
 * says so, which is before it takes their registrations out; and those that do not answer this node
 * over the bus, be they frozen or cut off from it alone, though Hazelcast may still have them. They
 * are hidden from this node's senders, come back with their first answer, and are asked all the
 * same where nobody else is.
 *
 * <p>Gateways are not watched: nobody chooses between them.
 */
final class Reach {
  private static final Logger log = LoggerFactory.getLogger(Reach.class);

  /** A question to each service a second is little beside what else it is asked. */
  static final Duration INTERVAL = Duration.ofSeconds(1);

  /** A node that is alive and busy answers within milliseconds, or within a pause or two. */
  private static final Duration ANSWER = Duration.ofSeconds(1);

  /** The first question between two new nodes may take longer than {@link #ANSWER}. */
  private static final int MISSES = 2;

  /** {@link RegistrationWatch} has taken out what is left of a dead node long before. */
  private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final DeliveryOptions OPTIONS =
      new DeliveryOptions().setSendTimeout(ANSWER.toMillis());

  private final Vertx vertx;
  private final Cluster cluster;
  private final Members members;
  private final Context context;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  private volatile boolean stopped;

  // All of these by the id that Vert.x knows a node by, and touched on the context alone

  /** How many answers in a row did not come. */
  private final Map<String, Integer> missed = new HashMap<>();

  /** Whose answer is out. */
  private final Set<String> asking = new HashSet<>();

  /** When it left, of {@link System#nanoTime}. */
  private final Map<String, Long> gone = new HashMap<>();

  Reach(Vertx vertx, Cluster cluster, Members members) {
    this.vertx = vertx;
    this.cluster = cluster;
    this.members = members;
    this.context = vertx.getOrCreateContext();
  }

  /** Watches until {@link #stop}. */
  void start() {
    members.onLeave(member -> context.runOnContext(ignored -> left(member)));
    context.runOnContext(
        ignored -> vertx.setPeriodic(INTERVAL.toMillis(), timer -> askAll(members.all())));
  }

  /** From now on nobody is asked: while Vert.x closes, the bus complains of each that is. */
  void stop() {
    stopped = true;
  }

  /** Calls {@code listener} when a node is hidden, on this watch's context. */
  void onLost(Runnable listener) {
    listeners.add(listener);
  }

  private void left(Member member) {
    String id = id(member);
    gone.put(id, System.nanoTime());
    missed.remove(id);
    lose(id);
  }

  private void askAll(Set<Member> all) {
    if (stopped) {
      return;
    }
    long now = System.nanoTime();
    for (Member member : all) {
      if (gone.remove(id(member)) != null) {
        cluster.show(id(member)); // a cluster that was split is one again
      }
      if (!member.localMember() && isChosen(member) && asking.add(id(member))) {
        ask(member);
      }
    }
    gone.entrySet().removeIf(left -> now - left.getValue() > KEEP_NANOS && forgotten(left));
  }

  private boolean forgotten(Map.Entry<String, Long> left) {
    cluster.show(left.getKey());
    return true;
  }

  private static boolean isChosen(Member member) {
    return !Role.GATEWAY.wireName().equals(member.getAttribute(Members.ROLE_ATTRIBUTE));
  }

  private void ask(Member member) {
    String node = member.getAttribute(Members.NAME_ATTRIBUTE);
    vertx
        .eventBus()
        .request(Addresses.node(node), new Done(), OPTIONS)
        .onComplete(answer -> answered(member), failure -> failed(member, failure));
  }

  private void answered(Member member) {
    asking.remove(id(member));
    missed.remove(id(member));
    if (cluster.hides(id(member)) && !gone.containsKey(id(member))) {
      log.info("node_reached node={}", member.getAttribute(Members.NAME_ATTRIBUTE));
      cluster.show(id(member));
    }
  }

  private void failed(Member member, Throwable failure) {
    String id = id(member);
    asking.remove(id);
    if (gone.containsKey(id) || isStarting(failure)) {
      return;
    }
    if (missed.merge(id, 1, Integer::sum) == MISSES) {
      log.warn("node_out_of_reach node={}", member.getAttribute(Members.NAME_ATTRIBUTE));
      lose(id);
    }
  }

  /** It is in the cluster and not yet on the bus, or has just left. */
  private static boolean isStarting(Throwable failure) {
    return failure instanceof ReplyException e && e.failureType() == ReplyFailure.NO_HANDLERS;
  }

  private void lose(String id) {
    cluster.hide(id);
    listeners.forEach(Runnable::run);
  }

  private static String id(Member member) {
    return member.getAttribute(HazelcastSettings.NODE_ID_ATTRIBUTE);
  }
}
