package io.trunkline.gateway;

import io.trunkline.node.Credentials;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether the files of the certificate have changed, and has the server use the new one for
 * new connections; those that are open stay as they are. Files that are no good change nothing but
 * the log. Confined to the context on which it was started.
 */
final class CertificateWatch {
  private static final Logger log = LoggerFactory.getLogger(CertificateWatch.class);

  /** Two small files; whoever replaces them waits no longer than twice this. */
  private static final long LOOK_MILLIS = 2000;

  private final Vertx vertx;
  private final HttpServer server;
  private final GatewaySettings settings;
  private long timer;
  private Credentials inForce;

  /** What was wrong at the last look; null when nothing was. Said once. */
  private String wrong;

  /** The files differed from what is in force at the last look: somebody may still be writing. */
  private boolean changing;

  CertificateWatch(Vertx vertx, HttpServer server, GatewaySettings settings) {
    this.vertx = vertx;
    this.server = server;
    this.settings = settings;
    this.inForce = settings.tls();
  }

  void start() {
    timer = vertx.setTimer(LOOK_MILLIS, id -> look().onComplete(looked -> start()));
  }

  void stop() {
    vertx.cancelTimer(timer);
  }

  private Future<Void> look() {
    return vertx
        .executeBlocking(inForce::isCurrent)
        .compose(current -> current ? unchanged() : changed())
        .onFailure(this::keep)
        .otherwiseEmpty();
  }

  private Future<Void> unchanged() {
    changing = false;
    wrong = null;
    return Future.succeededFuture();
  }

  /** Two files are not replaced at one moment: the next look takes what is still there then. */
  private Future<Void> changed() {
    if (!changing) {
      changing = true;
      return Future.succeededFuture();
    }
    return vertx
        .executeBlocking(inForce::reread)
        .compose(read -> server.updateSSLOptions(HttpOptions.tls(settings, read)).map(read))
        .onSuccess(this::replaced)
        .mapEmpty();
  }

  private void replaced(Credentials credentials) {
    inForce = credentials;
    changing = false;
    wrong = null;
    log.info(
        "certificate_replaced subject='{}' not_after={}",
        credentials.certificate().getSubjectX500Principal(),
        credentials.certificate().getNotAfter().toInstant());
  }

  private void keep(Throwable failure) {
    if (!String.valueOf(failure.getMessage()).equals(wrong)) {
      wrong = String.valueOf(failure.getMessage());
      log.error("certificate_kept reason='{}'", wrong);
    }
  }
}
