package io.trunkline.protocol;

/**
 * Every address that Trunkline uses on the event bus. A client can name none of them: its frame's
 * {@code type}, once its shape is checked, is only ever appended to {@link #MESSAGE_PREFIX}.
 */
public final class Addresses {
  /** Requests of clients: {@code message.<type>}, answered by whoever handles that type. */
  public static final String MESSAGE_PREFIX = "message.";

  /**
   * Any session service: requests of clients, several in one message, of any type that the session
   * services handle.
   */
  public static final String REQUESTS = "requests";

  /** Every gateway node, by publish: broadcasts and ended sessions. Crosses the bus once a node. */
  public static final String GATEWAY_ALL = "gateway.all";

  /** Any session service: pages of the log, cursor moves. */
  public static final String LOG = "log";

  /** Any session service: create, look up, delete and re-check sessions. */
  public static final String SESSIONS = "sessions";

  /** Every session service, by publish: which of them tell of changes in presence. */
  public static final String PRESENCE = "presence";

  /** Every handler of a type that is not the session service, by publish. */
  public static final String HANDLERS = "handlers";

  /** A handler says so often that it is there; who has not for three times is gone. */
  public static final int ANNOUNCE_MILLIS = 2000;

  /**
   * The header of a {@link BusMessage.Request} that says which terms its frame was found to meet:
   * digests of {@link BusMessage.Terms}, separated by blanks.
   */
  public static final String TERMS_HEADER = "terms";

  /**
   * The code with which a handler fails a request whose frame was not held to the handler's terms.
   * Nothing was done: the gateway learns the terms and asks again. No number that somebody's own
   * handler would fail with.
   */
  public static final int TERMS_UNKNOWN = 0x7e12_5001;

  private Addresses() {}

  /** Where requests of {@code type} go; {@code type} must have passed {@link Shapes#isType}. */
  public static String message(String type) {
    return MESSAGE_PREFIX + type;
  }

  /** One gateway node: deliveries for the topics that it follows. */
  public static String gateway(String node) {
    return "gateway." + node;
  }

  /** Any node, whatever its role: whether it is there, and how it is. */
  public static String node(String node) {
    return "node." + node;
  }

  /** One session service: who follows what on each gateway. */
  public static String directory(String node) {
    return "directory." + node;
  }
}
