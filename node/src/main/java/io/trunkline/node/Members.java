package io.trunkline.node;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is in the cluster now, as Hazelcast sees it from here. A node that has left, or was found
 * dead, is in no answer any more.
 */
public final class Members {
  static final String NAME_ATTRIBUTE = "trunkline.node";
  static final String ROLE_ATTRIBUTE = "trunkline.role";

  /** Its {@link io.trunkline.protocol.BusCodec#LEVEL}; older versions say none. */
  static final String LEVEL_ATTRIBUTE = "trunkline.bus";

  private static final Logger log = LoggerFactory.getLogger(Members.class);

  private final HazelcastInstance hazelcast;
  private final Cluster cluster;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<Member>> leaveListeners = new CopyOnWriteArrayList<>();

  /** By node, as of the last change; replaced as a whole. */
  private volatile Map<String, Integer> levels = Map.of();

  Members(HazelcastInstance hazelcast) {
    this.hazelcast = hazelcast;
    this.cluster = hazelcast.getCluster();
    cluster.addMembershipListener(new Listener());
    levels = levels();
    // After a merge the list may differ though no single member was announced.
    hazelcast
        .getLifecycleService()
        .addLifecycleListener(
            event -> {
              if (event.getState() == LifecycleState.MERGED) {
                changed();
              }
            });
  }

  HazelcastInstance hazelcast() {
    return hazelcast;
  }

  /** Names of the nodes with this role now in the cluster, this node included. */
  public Set<String> of(Role role) {
    return all().stream()
        .filter(member -> role.wireName().equals(member.getAttribute(ROLE_ATTRIBUTE)))
        .map(member -> member.getAttribute(NAME_ATTRIBUTE))
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Whether a node is of this {@link io.trunkline.protocol.BusCodec#LEVEL} or a higher one; false
   * for one that is not in the cluster. For each request: it costs a look into a map.
   */
  public boolean isOfLevel(int level, String node) {
    return levels.getOrDefault(node, 0) >= level;
  }

  private Map<String, Integer> levels() {
    Map<String, Integer> levels = new HashMap<>();
    for (Member member : all()) {
      String level = member.getAttribute(LEVEL_ATTRIBUTE);
      if (level != null) {
        levels.merge(member.getAttribute(NAME_ATTRIBUTE), Integer.parseInt(level), Math::min);
      }
    }
    return levels;
  }

  /**
   * Calls {@code listener} after each change of membership, on a thread of Hazelcast's: it must hop
   * to its own context and not block.
   */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** As {@link #onChange}, for each member that has left or was found dead. */
  void onLeave(Consumer<Member> listener) {
    leaveListeners.add(listener);
  }

  /** Oldest first. Empty once this node has left. */
  Set<Member> all() {
    try {
      return cluster.getMembers();
    } catch (HazelcastInstanceNotActiveException left) {
      return Set.of();
    }
  }

  /**
   * Who has this node's name and is older. Members come oldest first, so of two that share a name
   * exactly one, the one that came later, sees another here.
   */
  Optional<Member> namesake() {
    Set<Member> members = all();
    return members.stream()
        .filter(Member::localMember)
        .findFirst()
        .map(local -> local.getAttribute(NAME_ATTRIBUTE))
        .flatMap(name -> olderWithName(members, name));
  }

  private static Optional<Member> olderWithName(Set<Member> members, String name) {
    return members.stream()
        .takeWhile(member -> !member.localMember())
        .filter(member -> name.equals(member.getAttribute(NAME_ATTRIBUTE)))
        .findFirst();
  }

  /** Whether this node is itself in the cluster. */
  boolean joined() {
    return hazelcast.getLifecycleService().isRunning()
        && all().stream().anyMatch(Member::localMember);
  }

  private void changed() {
    levels = levels();
    listeners.forEach(Members::run);
  }

  private void left(Member member) {
    leaveListeners.forEach(listener -> run(() -> listener.accept(member)));
  }

  private static void run(Runnable listener) {
    try {
      listener.run();
    } catch (RuntimeException e) {
      log.error("membership_listener_failed", e);
    }
  }

  private final class Listener implements MembershipListener {
    @Override
    public void memberAdded(MembershipEvent event) {
      log("member_joined", event);
      changed();
    }

    @Override
    public void memberRemoved(MembershipEvent event) {
      log("member_left", event);
      left(event.getMember());
      changed();
    }

    private void log(String what, MembershipEvent event) {
      Member member = event.getMember();
      log.info(
          "{} node={} role={} members={}",
          what,
          member.getAttribute(NAME_ATTRIBUTE),
          member.getAttribute(ROLE_ATTRIBUTE),
          event.getMembers().size());
    }
  }
}
