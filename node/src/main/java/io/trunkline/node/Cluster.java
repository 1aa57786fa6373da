package io.trunkline.node;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import io.vertx.core.spi.cluster.RegistrationUpdateEvent;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bridge from Vert.x to a Hazelcast that we configured and started ourselves. Beyond its parent
 * it stops that Hazelcast when Vert.x leaves, and it remembers what {@link RegistrationWatch}
 * compares with what Hazelcast holds: the consumers that this node has, and which consumers its
 * senders were told of.
 *
 * <p>Nodes can be hidden from this node's senders: a request then goes to another node that has a
 * consumer, where there is one.
 */
final class Cluster extends HazelcastClusterManager {
  private static final Logger log = LoggerFactory.getLogger(Cluster.class);

  private final HazelcastInstance hazelcast;

  /** This node's consumers that others may reach, by address. */
  private final Map<String, Set<RegistrationInfo>> own = new ConcurrentHashMap<>();

  /** What Hazelcast told last, by address; only addresses that this node sends to. */
  private final Map<String, List<RegistrationInfo>> told = new ConcurrentHashMap<>();

  /** Ids of nodes that senders choose only where nobody else is. */
  private final Set<String> hidden = ConcurrentHashMap.newKeySet();

  /** Grows with each change of {@link #told} and {@link #hidden}, after it is made. */
  private final AtomicLong changes = new AtomicLong();

  /** On the event loop of the bus; null until the bus has one. */
  private volatile ContextInternal busContext;

  /** Null until Vert.x hands itself over; then never changed. */
  private volatile Vertx vertx;

  /** Vert.x' senders; null until Vert.x hands them over. */
  private volatile RegistrationListener selector;

  /** What Hazelcast tells in their place; null as long. */
  private volatile RegistrationListener senders;

  Cluster(HazelcastInstance hazelcast) {
    super(hazelcast);
    this.hazelcast = hazelcast;
  }

  HazelcastInstance hazelcast() {
    return hazelcast;
  }

  Map<String, Set<RegistrationInfo>> own() {
    return own;
  }

  /** What this node's senders were told of, but for what is hidden from them, by address. */
  Map<String, Set<RegistrationInfo>> known() {
    return told.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> shared(entry.getValue())));
  }

  boolean hides(String nodeId) {
    return hidden.contains(nodeId);
  }

  /** From now on this node's senders choose {@code nodeId} only where nobody else is. */
  void hide(String nodeId) {
    if (hidden.add(nodeId)) {
      changes.incrementAndGet();
      told.keySet().forEach(this::tell);
    }
  }

  /** Undoes {@link #hide}. */
  void show(String nodeId) {
    if (hidden.remove(nodeId)) {
      changes.incrementAndGet();
      told.keySet().forEach(this::tell);
    }
  }

  @Override
  public void init(Vertx vertx) {
    super.init(vertx);
    this.vertx = vertx;
  }

  /**
   * On the event loop on which the bus reads what other nodes send, and writes to them. Whoever
   * lives there, and mostly deals with other nodes, saves two changes of thread for each message.
   */
  ContextInternal busContext() {
    return busContext;
  }

  /** Called by the bus, when it listens, on its own event loop. */
  @Override
  public void setNodeInfo(NodeInfo info, Completable<Void> promise) {
    busContext =
        ((VertxInternal) vertx)
            .contextBuilder()
            .withEventLoop(ContextInternal.current().nettyEventLoop())
            .build();
    super.setNodeInfo(info, promise);
  }

  /** Asked before the bus connects to another node, which it then does where it is answered. */
  @Override
  public void getNodeInfo(String nodeId, Completable<NodeInfo> promise) {
    Promise<NodeInfo> found = busContext.promise();
    super.getNodeInfo(nodeId, found);
    found.future().onComplete(promise);
  }

  /**
   * Of all that Hazelcast says of its life, the parent wants the end of a merge. It waits for its
   * lock then, and whoever tidies up after members that are gone holds that lock and waits for
   * their partitions, which may be served again only after the merge: so it must not wait on the
   * thread that merges.
   */
  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized") // the very point
  public void stateChanged(LifecycleEvent event) {
    if (event.getState() == LifecycleState.MERGED) {
      vertx
          .executeBlocking(() -> merged(event), false)
          .onFailure(failure -> log.error("merge_not_told", failure));
    }
  }

  private Void merged(LifecycleEvent event) {
    super.stateChanged(event);
    return null;
  }

  @Override
  public void registrationListener(RegistrationListener listener) {
    selector = listener;
    senders = new Remembering(listener);
    super.registrationListener(senders);
  }

  @Override
  public void getRegistrations(String address, Completable<List<RegistrationInfo>> promise) {
    Promise<List<RegistrationInfo>> found = Promise.promise();
    super.getRegistrations(address, found);
    found
        .future()
        .map(
            infos -> {
              remember(address, infos);
              return visible(infos);
            })
        .onComplete(promise);
  }

  /** Tells this node's senders what Hazelcast holds now. */
  Future<Void> refresh(String address) {
    Promise<List<RegistrationInfo>> found = Promise.promise();
    super.getRegistrations(address, found);
    return found
        .future()
        .map(
            infos -> {
              senders.registrationsUpdated(new RegistrationUpdateEvent(address, infos));
              return null;
            });
  }

  /** Remembered before it is tried: what fails is put right by the watch. */
  @Override
  public void addRegistration(String address, RegistrationInfo info, Completable<Void> promise) {
    if (!info.localOnly()) {
      own.compute(address, (key, infos) -> with(infos, info));
    }
    super.addRegistration(address, info, promise);
  }

  @Override
  public void removeRegistration(String address, RegistrationInfo info, Completable<Void> promise) {
    own.computeIfPresent(address, (key, infos) -> without(infos, info));
    super.removeRegistration(address, info, promise);
  }

  @Override
  public void leave(Completable<Void> promise) {
    Promise<Void> left = Promise.promise();
    super.leave(left);
    left.future().eventually(this::stop).onComplete(promise);
  }

  private Future<Void> stop() {
    return vertx.executeBlocking(
        () -> {
          hazelcast.shutdown();
          return null;
        });
  }

  private static Set<RegistrationInfo> with(Set<RegistrationInfo> infos, RegistrationInfo added) {
    Set<RegistrationInfo> all = infos == null ? new HashSet<>() : new HashSet<>(infos);
    all.add(added);
    return Set.copyOf(all);
  }

  /** Null when none is left, so that the address goes too. */
  private static Set<RegistrationInfo> without(
      Set<RegistrationInfo> infos, RegistrationInfo removed) {
    Set<RegistrationInfo> left = new HashSet<>(infos);
    left.remove(removed);
    return left.isEmpty() ? null : Set.copyOf(left);
  }

  private void remember(String address, List<RegistrationInfo> infos) {
    if (shared(infos).isEmpty()) {
      told.remove(address);
    } else {
      told.put(address, List.copyOf(infos));
    }
    changes.incrementAndGet();
  }

  private static Set<RegistrationInfo> shared(List<RegistrationInfo> infos) {
    return infos.stream().filter(info -> !info.localOnly()).collect(Collectors.toUnmodifiableSet());
  }

  /** All of them where every one is hidden: an unlikely answer is better than none. */
  private List<RegistrationInfo> visible(List<RegistrationInfo> infos) {
    if (hidden.isEmpty()) {
      return infos;
    }
    List<RegistrationInfo> visible =
        infos.stream().filter(info -> !hidden.contains(info.nodeId())).toList();
    return visible.isEmpty() ? infos : visible;
  }

  /** Without a lock around foreign code: who told what was outdated by then tells again. */
  private void tell(String address) {
    long before;
    do {
      before = changes.get();
      List<RegistrationInfo> infos = told.get(address);
      if (infos != null) {
        selector.registrationsUpdated(new RegistrationUpdateEvent(address, visible(infos)));
      }
    } while (before != changes.get());
  }

  /** Between Hazelcast and the senders. */
  private final class Remembering implements RegistrationListener {
    private final RegistrationListener target;

    Remembering(RegistrationListener target) {
      this.target = target;
    }

    @Override
    public boolean wantsUpdatesFor(String address) {
      return target.wantsUpdatesFor(address);
    }

    @Override
    public void registrationsUpdated(RegistrationUpdateEvent event) {
      remember(event.address(), event.registrations());
      if (told.containsKey(event.address())) {
        tell(event.address());
      } else {
        target.registrationsUpdated(event);
      }
    }

    @Override
    public void registrationsLost() {
      target.registrationsLost();
    }
  }
}
