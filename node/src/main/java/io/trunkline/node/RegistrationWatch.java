package io.trunkline.node;

import com.hazelcast.map.IMap;
import com.hazelcast.multimap.MultiMap;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastNodeInfo;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds and repairs what Hazelcast and Vert.x lose or keep too long after kills, splits, merges and
 * long pauses (vertx-hazelcast #90, #109, #196): a consumer or node of ours that others do not see,
 * an entry of a node that is gone or of a consumer that we do not have, senders of ours that were
 * not told of a change. What is missing is put back when it is first seen; all else may be on its
 * way, and is repaired when it is seen twice. Every node does its part; none is in charge. At most
 * {@link #INTERVAL} twice, and a repair, pass until all is right.
 */
final class RegistrationWatch {
  /** Two looks and a repair fit well within 15 s; one costs each node a read of a small map. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(RegistrationWatch.class);

  /** What is wrong, told apart so that the log can say it. */
  private enum Fault {
    CONSUMER_UNSEEN,
    NODE_UNSEEN,
    CONSUMER_STALE,
    NODE_STALE,
    SENDERS_OUTDATED
  }

  /** One thing that is wrong; null where a part does not apply. */
  private record Finding(Fault fault, String address, RegistrationInfo info, String nodeId) {}

  private final Vertx vertx;
  private final Cluster cluster;
  private final MultiMap<String, HazelcastRegistrationInfo> subscriptions;
  private final IMap<String, HazelcastNodeInfo> nodeInfos;

  private final AtomicLong repairs = new AtomicLong();
  private final AtomicLong looks = new AtomicLong();
  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile boolean stopped;

  /** What the last look left for the next; touched by whoever holds {@link #looking}. */
  private Set<Finding> suspects = Set.of();

  RegistrationWatch(Vertx vertx, Cluster cluster) {
    this.vertx = vertx;
    this.cluster = cluster;
    this.subscriptions = cluster.hazelcast().getMultiMap(HazelcastSettings.SUBSCRIPTIONS);
    this.nodeInfos = cluster.hazelcast().getMap(HazelcastSettings.NODE_INFOS);
  }

  /** Looks every {@link #INTERVAL} until {@link #stop}. */
  void start() {
    vertx.setPeriodic(INTERVAL.toMillis(), timer -> lookUnlessStopped());
  }

  /** No look begins any more, and how the last one ends is of no interest: Vert.x closes. */
  void stop() {
    stopped = true;
  }

  private void lookUnlessStopped() {
    if (stopped) {
      return;
    }
    look()
        .onFailure(
            e -> {
              if (!stopped) {
                log.warn("registrations_unknown reason={}", e.toString());
              }
            });
  }

  /** How much was repaired since the start. */
  long repairs() {
    return repairs.get();
  }

  /** How many looks have come to their end: Hazelcast answered. */
  long looks() {
    return looks.get();
  }

  /** Looks once; a look that is still under way is enough. */
  Future<Void> look() {
    if (!looking.compareAndSet(false, true)) {
      return Future.succeededFuture();
    }
    return vertx
        .<Void>executeBlocking(this::lookBlocking, false)
        .onSuccess(looked -> looks.incrementAndGet())
        .onComplete(looked -> looking.set(false));
  }

  private Void lookBlocking() {
    if (!cluster.isActive()) {
      return null;
    }
    Set<Finding> findings = new HashSet<>();
    Map<String, Set<RegistrationInfo>> held = held();
    Set<String> members = new HashSet<>(cluster.getNodes());
    addUnseen(held, findings);
    addStale(held, members, findings);
    addOutdated(held, findings);
    for (Finding finding : findings) {
      boolean atOnce =
          finding.fault() == Fault.CONSUMER_UNSEEN || finding.fault() == Fault.NODE_UNSEEN;
      if (atOnce || suspects.contains(finding)) {
        repair(finding);
      }
    }
    suspects = findings;
    return null;
  }

  /** What Hazelcast holds, by address. */
  private Map<String, Set<RegistrationInfo>> held() {
    Map<String, Set<RegistrationInfo>> held = new HashMap<>();
    for (Map.Entry<String, HazelcastRegistrationInfo> entry : subscriptions.entrySet()) {
      held.computeIfAbsent(entry.getKey(), key -> new HashSet<>()).add(entry.getValue().unwrap());
    }
    return held;
  }

  private void addUnseen(Map<String, Set<RegistrationInfo>> held, Set<Finding> findings) {
    cluster
        .own()
        .forEach(
            (address, infos) -> {
              for (RegistrationInfo info : infos) {
                if (!held.getOrDefault(address, Set.of()).contains(info)) {
                  findings.add(new Finding(Fault.CONSUMER_UNSEEN, address, info, null));
                }
              }
            });
    if (!nodeInfos.containsKey(cluster.getNodeId())) {
      findings.add(new Finding(Fault.NODE_UNSEEN, null, null, cluster.getNodeId()));
    }
  }

  private void addStale(
      Map<String, Set<RegistrationInfo>> held, Set<String> members, Set<Finding> findings) {
    held.forEach(
        (address, infos) -> {
          for (RegistrationInfo info : infos) {
            if (!members.contains(info.nodeId()) || isOursAndGone(address, info)) {
              findings.add(new Finding(Fault.CONSUMER_STALE, address, info, null));
            }
          }
        });
    for (String nodeId : nodeInfos.keySet()) {
      if (!members.contains(nodeId)) {
        findings.add(new Finding(Fault.NODE_STALE, null, null, nodeId));
      }
    }
  }

  private void addOutdated(Map<String, Set<RegistrationInfo>> held, Set<Finding> findings) {
    cluster
        .known()
        .forEach(
            (address, infos) -> {
              if (!infos.equals(held.getOrDefault(address, Set.of()))) {
                findings.add(new Finding(Fault.SENDERS_OUTDATED, address, null, null));
              }
            });
  }

  private void repair(Finding finding) {
    String address = finding.address();
    switch (finding.fault()) {
      case CONSUMER_UNSEEN -> putBack(address, finding.info());
      case CONSUMER_STALE ->
          subscriptions.remove(address, new HazelcastRegistrationInfo(finding.info()));
      case NODE_UNSEEN ->
          nodeInfos.put(finding.nodeId(), new HazelcastNodeInfo(cluster.getNodeInfo()));
      case NODE_STALE -> nodeInfos.remove(finding.nodeId());
      case SENDERS_OUTDATED ->
          cluster
              .refresh(address)
              .onFailure(e -> log.warn("senders_not_told address={} reason={}", address, e));
    }
    repairs.incrementAndGet();
    log.warn(
        "registration_repaired fault={} address={} node_id={}",
        finding.fault(),
        address,
        finding.info() == null ? finding.nodeId() : finding.info().nodeId());
  }

  private void putBack(String address, RegistrationInfo info) {
    HazelcastRegistrationInfo value = new HazelcastRegistrationInfo(info);
    subscriptions.put(address, value);
    // The consumer may have been closed meanwhile.
    if (isOursAndGone(address, info)) {
      subscriptions.remove(address, value);
    }
  }

  private boolean isOursAndGone(String address, RegistrationInfo info) {
    return info.nodeId().equals(cluster.getNodeId())
        && !cluster.own().getOrDefault(address, Set.of()).contains(info);
  }
}
