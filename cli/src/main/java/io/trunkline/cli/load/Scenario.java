package io.trunkline.cli.load;

import java.util.Locale;

/** What {@code trunkline bench} can do, and what it does unless it is told otherwise. */
public enum Scenario {
  ECHO("/echo: a gateway alone, no session", 200, 5000),
  ROUND_TRIP("the type echo: through the bus to a session service and back", 200, 1000),
  LOOK_UP("session frames: a session is looked up in Postgres", 100, 1000),
  PRIVATE_LIVE("pairs write by ephemeral channels, which are not stored", 1000, 1000),
  PRIVATE_DURABLE("pairs write private messages, stored before they are acked", 1000, 1000),
  FAN_OUT("one publishes to a channel that all others follow", 2000, 20),
  IDLE("connections that say nothing", 5000, 1),
  CONNECT_STORM("connections with sessions come at a rate", 2000, 500),
  RESUME_STORM("the same, and each has a backlog to catch up with", 1000, 200),
  ROLLING_RESTART("pairs write and come back, while somebody restarts the nodes", 1000, 200);

  private final String description;
  private final int connections;
  private final double rate;

  Scenario(String description, int connections, double rate) {
    this.description = description;
    this.connections = connections;
    this.rate = rate;
  }

  /** As it is called on the command line, {@code fan-out} for example. */
  public String argument() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public String description() {
    return description;
  }

  /** Unless somebody says otherwise. */
  public int connections() {
    return connections;
  }

  /** A second, unless somebody says otherwise. */
  public double rate() {
    return rate;
  }

  /** How long it counts, unless somebody says otherwise. */
  public int seconds() {
    return this == ROLLING_RESTART ? 120 : 10;
  }

  /** Whether it needs the server API. */
  public boolean needsSessions() {
    return this != ECHO;
  }

  Load load(Plan plan, String name) {
    return switch (this) {
      case ECHO -> new RequestLoad(plan, name, RequestLoad.Kind.ECHO);
      case ROUND_TRIP -> new RequestLoad(plan, name, RequestLoad.Kind.ROUND_TRIP);
      case LOOK_UP -> new RequestLoad(plan, name, RequestLoad.Kind.LOOK_UP);
      case PRIVATE_LIVE -> new PairLoad(plan, name, false);
      case PRIVATE_DURABLE -> new PairLoad(plan, name, true);
      case FAN_OUT -> new FanOutLoad(plan, name);
      case IDLE -> new IdleLoad(plan, name);
      case CONNECT_STORM -> new StormLoad(plan, name, false);
      case RESUME_STORM -> new StormLoad(plan, name, true);
      case ROLLING_RESTART -> new RestartLoad(plan, name);
    };
  }

  @Override
  public String toString() {
    return argument();
  }
}
