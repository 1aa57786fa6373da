package io.trunkline.protocol;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.core.spi.cluster.RegistrationInfo;
import java.util.Collection;
import java.util.List;

/**
 * Takes this node's consumers out of the others' sight while they go on answering.
 *
 * <p>Unregistering a consumer takes away the handler first and tells the cluster then; for the
 * milliseconds in which another node still believes in it, what that node sends is dropped without
 * a word, and a request costs its whole time-out. So the cluster is told first, and the handler
 * goes when nothing comes any more.
 */
public final class Departure {
  private final ClusterManager cluster;

  private Departure(Vertx vertx) {
    this.cluster = ((VertxInternal) vertx).clusterManager();
  }

  /** Completes when the cluster has forgotten that this node answers at {@code addresses}. */
  public static Future<Void> hide(Vertx vertx, Collection<String> addresses) {
    Departure departure = new Departure(vertx);
    return Future.join(addresses.stream().map(departure::hide).toList()).mapEmpty();
  }

  private Future<Void> hide(String address) {
    Promise<List<RegistrationInfo>> registrations = Promise.promise();
    cluster.getRegistrations(address, registrations);
    return registrations.future().compose(all -> remove(address, all));
  }

  private Future<Void> remove(String address, List<RegistrationInfo> all) {
    return Future.join(
            all.stream()
                .filter(registration -> registration.nodeId().equals(cluster.getNodeId()))
                .map(registration -> remove(address, registration))
                .toList())
        .mapEmpty();
  }

  private Future<Void> remove(String address, RegistrationInfo registration) {
    Promise<Void> removed = Promise.promise();
    cluster.removeRegistration(address, registration, removed);
    return removed.future();
  }
}
