package io.trunkline.node;

import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;

/**
 * The bridge from Vert.x to a Hazelcast that we configured and started ourselves. Unlike its
 * parent, which leaves a foreign Hazelcast running, it stops it when Vert.x leaves.
 */
final class Cluster extends HazelcastClusterManager {
  private final HazelcastInstance hazelcast;

  /** Null until Vert.x hands itself over. */
  private Vertx vertx;

  Cluster(HazelcastInstance hazelcast) {
    super(hazelcast);
    this.hazelcast = hazelcast;
  }

  @Override
  public void init(Vertx vertx) {
    super.init(vertx);
    this.vertx = vertx;
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
}
