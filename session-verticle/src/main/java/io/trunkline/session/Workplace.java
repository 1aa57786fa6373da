package io.trunkline.session;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;

/** What the requests of one event loop share. */
record Workplace(
    EventBus bus,
    Database database,
    Sessions sessions,
    CursorStore cursors,
    LogStore log,
    Outbox outbox,
    Presence presence,
    ChannelRules channels,
    Counters counters) {

  /** To be called on the event loop that will use it. */
  static Workplace open(
      Vertx vertx,
      StoreSettings settings,
      ChannelRules channels,
      Directory directory,
      Counters counters) {
    Database database = Database.connect(vertx, settings);
    return new Workplace(
        vertx.eventBus(),
        database,
        sessions(vertx, database, settings),
        new CursorStore(database),
        new LogStore(vertx, database, settings),
        new Outbox(vertx, directory, counters),
        directory,
        channels,
        counters);
  }

  private static Sessions sessions(Vertx vertx, Database database, StoreSettings settings) {
    return settings.sessions().query() == null
        ? new SessionStore(vertx, database, settings)
        : new OuterSessions(vertx, database, settings);
  }
}
