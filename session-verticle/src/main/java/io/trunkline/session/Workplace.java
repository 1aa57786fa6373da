package io.trunkline.session;

import io.trunkline.node.Tracing;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;

/** What the requests of one event loop share. */
record Workplace(
    EventBus bus,
    Database database,
    Sessions sessions,
    UserStore users,
    CursorStore cursors,
    LogStore log,
    Outbox outbox,
    Postings postings,
    Presence presence,
    ChannelRules channels,
    Tellers tellers,
    Relays relays,
    Counters counters,
    Tracing tracing) {

  /** To be called on the event loop that will use it. */
  static Workplace open(
      Vertx vertx,
      StoreSettings settings,
      ChannelRules channels,
      Directory directory,
      Tellers tellers,
      Relays relays,
      Counters counters,
      Tracing tracing) {
    Database database = Database.connect(vertx, settings, counters.database());
    LogStore log = new LogStore(vertx, database, settings);
    Outbox outbox = new Outbox(vertx, directory, counters);
    return new Workplace(
        vertx.eventBus(),
        database,
        sessions(vertx, database, settings),
        new UserStore(database),
        new CursorStore(database),
        log,
        outbox,
        new Postings(vertx.eventBus(), log, outbox, channels),
        directory,
        channels,
        tellers,
        relays,
        counters,
        tracing);
  }

  private static Sessions sessions(Vertx vertx, Database database, StoreSettings settings) {
    return settings.sessions().query() == null
        ? new SessionStore(vertx, database, settings)
        : new OuterSessions(vertx, database, settings);
  }
}
