package io.trunkline.session;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;

/** What the requests of one event loop share. */
record Workplace(
    EventBus bus,
    Database database,
    SessionStore sessions,
    LogStore log,
    Outbox outbox,
    Presence presence,
    ChannelRules channels) {

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
        new SessionStore(vertx, database, settings),
        new LogStore(vertx, database, settings),
        new Outbox(vertx, directory, counters),
        directory,
        channels);
  }
}
