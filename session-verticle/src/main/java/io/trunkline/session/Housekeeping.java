package io.trunkline.session;

import io.trunkline.node.Members;
import io.trunkline.node.Node;
import io.trunkline.node.Role;
import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.Following;
import io.trunkline.protocol.BusMessage.FollowingKnown;
import io.trunkline.protocol.BusMessage.SeatTaken;
import io.trunkline.protocol.BusMessage.TakeSeat;
import io.trunkline.protocol.BusMessage.TellsPresence;
import io.trunkline.protocol.Topics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a session service does once and not on each event loop: it keeps the directory, sweeps,
 * drains what applications send by SQL, tells who comes to channels and who leaves them, tells
 * gateways which sessions ended, and lets the log retain what it should. Its start completes when
 * the database answers and every gateway has told what it follows, or has had its time to.
 */
final class Housekeeping extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);

  /** Gateways tell within a second of seeing us; one that hangs must not keep us from serving. */
  private static final long GATEWAYS_MILLIS = 3000;

  private static final long POLL_MILLIS = 20;

  /** The failure's code on the bus; nobody tells it from others. */
  private static final int NOT_YET = 1;

  /** Partitions are made days ahead, so that a failed run or ten do no harm. */
  private static final long RETAIN_MILLIS = TimeUnit.MINUTES.toMillis(10);

  private final Members members;
  private final String name;
  private final SessionServiceSettings settings;
  private final Directory directory;
  private final Whereabouts whereabouts;
  private final Counters counters;
  private final Tellers tellers;
  private final Relays relays;
  private final Seats seats;

  /** Set by {@link #start}. */
  private Database database;

  private LogStore logs;
  private Revocations revocations;

  /** Null as long as we do not know what is. */
  private PresenceChanges changes;

  /** Ends what calls from other threads may still want from us. */
  private volatile boolean stopped;

  Housekeeping(
      Node node,
      SessionServiceSettings settings,
      Directory directory,
      Whereabouts whereabouts,
      Tellers tellers,
      Relays relays,
      Counters counters) {
    this.members = node.members();
    this.name = node.name();
    this.tellers = tellers;
    this.relays = relays;
    this.seats = new Seats(whereabouts, Housekeeping::now);
    this.settings = settings;
    this.directory = directory;
    this.whereabouts = whereabouts;
    this.counters = counters;
  }

  @Override
  public Future<?> start() {
    database = Database.connect(vertx, settings.store(1), counters.database());
    logs = new LogStore(vertx, database, settings.store(1));
    return Insistence.on(vertx, database::ping)
        .compose(answers -> listenToTellers())
        .compose(listening -> listenToGateways())
        .compose(listening -> listenToRevocations())
        .compose(listening -> awaitGateways())
        .onSuccess(
            ready -> {
              Outbox outbox = new Outbox(vertx, directory, counters);
              sweep();
              drain(outbox);
              tellPresence(outbox);
              retain();
            });
  }

  @Override
  public Future<?> stop() {
    stopped = true;
    return (revocations == null ? Future.<Void>succeededFuture() : revocations.close())
        .eventually(database::close);
  }

  /** The first run may take minutes after a long rest; nobody waits for it. */
  private void retain() {
    logs.retain()
        .onFailure(failure -> log.warn("retain_failed reason={}", failure.getMessage()))
        .onComplete(done -> retainLater());
  }

  private void retainLater() {
    if (!stopped) {
      vertx.setTimer(RETAIN_MILLIS, timer -> retain());
    }
  }

  private Future<Void> listenToGateways() {
    vertx.setPeriodic(Directory.TICK_MILLIS, timer -> directory.tick(now()));
    vertx.setPeriodic(Whereabouts.TICK_MILLIS, timer -> whereabouts.tick());
    vertx.setPeriodic(Directory.TICK_MILLIS, timer -> seats.tick());
    vertx.setPeriodic(Directory.TICK_MILLIS, timer -> relays.tick());
    whereabouts.listen(seats);
    members.onChange(this::membersChanged);
    return vertx
        .eventBus()
        .<BusMessage>consumer(
            Addresses.directory(name),
            message -> {
              if (message.body() instanceof TakeSeat && changes == null) {
                message.fail(NOT_YET, "it is not known yet who is there");
              } else {
                answer(message.body()).onSuccess(message::reply);
              }
            })
        .completion();
  }

  private Future<BusMessage> answer(BusMessage question) {
    if (question instanceof Following change) {
      FollowingKnown known = new FollowingKnown(directory.apply(change));
      return relays.followed(change.added(), change.gateway()).map(known);
    } else if (question instanceof TakeSeat wish) {
      return Future.succeededFuture(
          new SeatTaken(seats.take(wish.channel(), wish.user(), wish.most())));
    }
    throw new IllegalArgumentException("nobody answers this here");
  }

  private void membersChanged() {
    if (!stopped) {
      context.runOnContext(
          task -> {
            directory.keepOnly(members.of(Role.GATEWAY));
            lookAtTellers();
          });
    }
  }

  private Future<Void> listenToTellers() {
    return vertx
        .eventBus()
        .<TellsPresence>consumer(
            Addresses.PRESENCE,
            message -> {
              tellers.heard(message.body().service(), now());
              lookAtTellers();
            })
        .completion();
  }

  /** From now on, of what changes from now on; the others are told that we do. */
  private void tellPresence(Outbox outbox) {
    changes = new PresenceChanges(directory, tellers, presenceHost(outbox));
    whereabouts.listen(changes);
    vertx.setPeriodic(
        Tellers.ANNOUNCE_MILLIS,
        timer -> {
          vertx.eventBus().publish(Addresses.PRESENCE, new TellsPresence(name));
          lookAtTellers();
        });
    lookAtTellers();
  }

  private void lookAtTellers() {
    if (changes != null) {
      changes.lookAtTellers(members.of(Role.SESSION));
    }
  }

  private PresenceChanges.Host presenceHost(Outbox outbox) {
    return new PresenceChanges.Host() {
      @Override
      public long now() {
        return Housekeeping.now();
      }

      @Override
      public void later(long millis, Runnable task) {
        vertx.setTimer(millis, timer -> task.run());
      }

      @Override
      public void tell(String channel, byte[] frame) {
        outbox.deliver(Topics.presence(channel), 0, () -> frame);
      }
    };
  }

  private static long now() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  private Future<Void> listenToRevocations() {
    SessionNotices notices = new SessionNotices(vertx, database, settings.sessions());
    return Insistence.on(vertx, () -> Revocations.listen(vertx, settings.store(1), notices))
        .onSuccess(listening -> revocations = listening)
        .mapEmpty();
  }

  private Future<Void> awaitGateways() {
    Promise<Void> told = Promise.promise();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GATEWAYS_MILLIS);
    vertx.setPeriodic(
        0,
        POLL_MILLIS,
        timer -> {
          if (allTold(deadline)) {
            vertx.cancelTimer(timer);
            told.complete();
          }
        });
    return told.future();
  }

  private boolean allTold(long deadline) {
    Set<String> untold = directory.untold(members.of(Role.GATEWAY));
    if (untold.isEmpty()) {
      return true;
    }
    boolean late = System.nanoTime() - deadline > 0;
    if (late) {
      log.warn("directory_incomplete missing={}", untold);
    }
    return late;
  }

  private void sweep() {
    Sweep sweep = new Sweep(vertx.eventBus(), directory, logs::grownLately);
    vertx.setPeriodic(Sweep.INTERVAL_MILLIS, timer -> sweep.run());
  }

  private void drain(Outbox outbox) {
    Postings postings = new Postings(vertx.eventBus(), logs, outbox, settings.channels());
    Drain drain = new Drain(new OutgoingStore(database), postings, this::isFirst);
    vertx.setPeriodic(Drain.INTERVAL_MILLIS, timer -> drain.tick(now()));
  }

  /** Of the session services that are there; the others know it as well. */
  private boolean isFirst() {
    return members.of(Role.SESSION).stream().allMatch(other -> name.compareTo(other) <= 0);
  }
}
