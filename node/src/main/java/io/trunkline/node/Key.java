package io.trunkline.node;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Every setting that there is, for all processes: the one catalogue, from which checks, help and
 * reference come. A setting's variable and its YAML key follow from its name here: {@code
 * HTTP_PORT} is {@code TRUNKLINE_HTTP_PORT} and {@code http.port}.
 */
@SuppressWarnings("ImmutableEnumChecker") // nobody changes the sets and predicates in it
public enum Key {
  HTTP_HOST(Of.GATEWAY, Kind.text("a host"), "0.0.0.0", "Address on which clients are served"),
  HTTP_PORT(Of.GATEWAY, Kind.port(), "8080", "Port on which clients are served; 0: any free"),
  MANAGEMENT_HOST(Of.BOTH, Kind.text("a host"), "127.0.0.1", "Address of health and metrics"),
  MANAGEMENT_PORT(Of.BOTH, Kind.port(), "9090", "Port of health and metrics; 0: any free"),
  NODE_NAME(
      Of.BOTH,
      Kind.text("1 to 128 letters, digits or any of . _ : -"),
      null,
      "Name of this node, unique in the cluster; else host name and cluster port"),
  CLUSTER_HOST(
      Of.BOTH,
      Kind.text("a host at which the other nodes reach this one"),
      "127.0.0.1",
      "Address of Hazelcast"),
  CLUSTER_PORT(Of.BOTH, Kind.whole(1, 65_535), "5701", "Port of Hazelcast"),
  CLUSTER_MEMBERS(
      Of.BOTH,
      Kind.text("host:port,host:port or kubernetes:<headless service>"),
      "",
      "Where the other nodes are, this one may be among them; else a cluster of one"),
  CLUSTER_NAME(Of.BOTH, Kind.text("a name"), "trunkline", "Nodes of other names are strangers"),
  BUS_HOST(
      Of.BOTH,
      Kind.text("a host at which the other nodes reach this one"),
      null,
      "Address of the event bus; else the cluster host"),
  BUS_PORT(Of.BOTH, Kind.port(), "0", "Port of the event bus; 0: any free"),
  BUS_TLS_CERTIFICATE(
      Of.BOTH, Kind.text("a PEM file"), null, "This node's certificate for the event bus"),
  BUS_TLS_KEY(Of.BOTH, Kind.text("a PEM file"), null, "Private key of that certificate"),
  BUS_TLS_AUTHORITY(
      Of.BOTH,
      Kind.text("a PEM file"),
      null,
      "Certificate of the authority that signs the nodes' certificates, and nothing else"),
  LOG_FORMAT(
      Of.BOTH, Kind.either("text", "json"), "text", "One line for each event, as text or as JSON"),
  EVENT_LOOPS(Of.BOTH, Kind.whole(1, 1024), null, "Event loops; else one for each processor"),
  DATABASE_URL(
      Of.SESSION,
      Kind.secret("postgresql://user:password@host:port/database", Key::isPostgres),
      null,
      "Where Postgres is; required"),
  DATABASE_POOL_SIZE(Of.SESSION, Kind.whole(1, 1000), "8", "Connections to Postgres"),
  SESSION_TTL_SECONDS(
      Of.SESSION, Kind.whole(1, Integer.MAX_VALUE), "86400", "Life of a new session"),
  SESSION_SLIDING(
      Of.SESSION, Kind.flag(), "false", "Whether a session that is used gets its life again"),
  SESSION_PERMISSIONS(
      Of.SESSION,
      Kind.text("permissions separated by commas"),
      "broadcast,presence,publish:*,subscribe:*",
      "What a session may do whose row does not say; see sessions.md"),
  SESSION_QUERY(
      Of.SESSION,
      Kind.text("a query with $1 that gives user and expires_at"),
      null,
      "Looks a session up in a table of another application; else our own table"),
  SESSION_COOKIE(
      Of.GATEWAY, Kind.text("the name of a cookie"), "session_id", "Cookie with a session id"),
  API_KEY(
      Of.GATEWAY,
      Kind.secret("key,key", Key::hasOne),
      null,
      "Bearer keys of the server API and the console, any of which opens them; else they are off"),
  API_RATE(
      Of.GATEWAY,
      Kind.whole(1, 1_000_000),
      "1000",
      "Calls of the server API a second with each key, and at once; beyond it 429"),
  ALLOWED_ORIGINS(
      Of.GATEWAY,
      Kind.text("origin,origin or *"),
      "",
      "Other origins whose browsers may connect; the same origin always may"),
  ECHO(Of.GATEWAY, Kind.flag(), "true", "Whether there is /echo"),
  TLS_CERTIFICATE(Of.GATEWAY, Kind.text("a PEM file"), null, "Certificate chain; else plain"),
  TLS_KEY(Of.GATEWAY, Kind.text("a PEM file"), null, "Private key of the certificate"),
  COMPRESSION(Of.GATEWAY, Kind.flag(), "false", "Whether permessage-deflate is negotiated"),
  MAX_MESSAGE_BYTES(
      Of.GATEWAY, Kind.whole(1024, 16_777_216), "65536", "Largest message of a client"),
  MAX_UNSENT_BYTES(
      Of.GATEWAY, Kind.whole(65_536, 1_073_741_824), "1048576", "Unsent output of a connection"),
  REQUEST_RATE(Of.GATEWAY, Kind.whole(1, 1_000_000), "50", "Requests a second of a connection"),
  REQUEST_BURST(Of.GATEWAY, Kind.whole(1, 1_000_000), "100", "Requests at once of a connection"),
  MAX_CONNECTIONS_PER_USER(Of.GATEWAY, Kind.whole(1, 1_000_000), "20", "Connections of a user"),
  MAX_CONNECTIONS_PER_ADDRESS(
      Of.GATEWAY, Kind.whole(1, 1_000_000), "1000", "Connections of an IP address; of an IPv6 /64"),
  MAX_CONNECTIONS(
      Of.GATEWAY, Kind.whole(1, 10_000_000), "100000", "WebSockets of this gateway, all together"),
  TRUSTED_PROXIES(
      Of.GATEWAY,
      Kind.text("addresses or ranges, such as 10.0.0.0/8,fd00::/8"),
      "",
      "Proxies that are believed when they say whose a connection is"),
  PROXY_PROTOCOL(
      Of.GATEWAY,
      Kind.flag(),
      "false",
      "Whether every connection begins with the PROXY protocol, version 1 or 2"),
  HANDSHAKE_SECONDS(
      Of.GATEWAY,
      Kind.whole(1, 3600),
      "10",
      "Time for the TLS handshake, and again for the head of a request"),
  AUTHENTICATION_SECONDS(Of.GATEWAY, Kind.whole(1, 3600), "10", "Time to give a session"),
  HEARTBEAT_SECONDS(Of.GATEWAY, Kind.whole(1, 3600), "25", "Between protocol pings"),
  PONG_SECONDS(Of.GATEWAY, Kind.whole(1, 3600), "10", "Time to answer a protocol ping"),
  MAX_CHANNELS_PER_CONNECTION(
      Of.GATEWAY, Kind.whole(0, 100_000), "100", "Channels that a connection follows at once"),
  MAX_UNANSWERED_BYTES(
      Of.GATEWAY,
      Kind.whole(65_536, Integer.MAX_VALUE),
      "134217728",
      "Requests of all clients that have no answer yet, each with 1 KiB for what it costs beside"),
  MAX_LOOP_LAG_MILLIS(
      Of.GATEWAY,
      Kind.whole(100, 60_000),
      "2000",
      "Lateness of an event loop beyond which it takes no new connection"),
  DRAIN_SECONDS(Of.GATEWAY, Kind.whole(0, 3600), "30", "Over which SIGTERM sends clients away"),
  BALANCE_PER_SECOND(
      Of.GATEWAY,
      Kind.whole(0, 10_000),
      "0",
      "Connections a second that a gateway with too many hands over to the others; 0: none"),
  CHANNELS(
      Of.SESSION,
      Kind.text("pattern=durable or pattern=ephemeral, separated by commas"),
      "live.*=ephemeral,*=durable",
      "Which channels there are, the first pattern that matches decides; see channels.md"),
  RETENTION_HOURS(Of.SESSION, Kind.whole(1, 87_600), "168", "How long messages are kept");

  static final String VARIABLE_PREFIX = "TRUNKLINE_";

  private static final Map<String, Key> BY_NAME =
      Stream.of(values()).collect(Collectors.toUnmodifiableMap(Key::name, key -> key));

  private final Set<Role> readers;
  private final Kind kind;
  private final String absent;
  private final String description;

  Key(Set<Role> readers, Kind kind, String absent, String description) {
    this.readers = readers;
    this.kind = kind;
    this.absent = absent;
    this.description = description;
  }

  /** The environment variable. */
  public String variable() {
    return VARIABLE_PREFIX + name();
  }

  /** The key in a YAML file, as we write it. */
  public String yaml() {
    return SettingsFile.shown(name());
  }

  /** What holds where nothing is set; null where there is no such value. */
  public String absent() {
    return absent;
  }

  public boolean secret() {
    return kind.secret();
  }

  /** What a value must be, in words. */
  public String expected() {
    return kind.expected();
  }

  public String description() {
    return description;
  }

  /** Whether a process of this role reads it. {@link Role#OTHER} may read everything. */
  public boolean isFor(Role role) {
    return role == Role.OTHER || readers.contains(role);
  }

  boolean accepts(String value) {
    return kind.accepts().test(value);
  }

  /** The setting of this name ({@code HTTP_PORT}), or null. */
  static Key named(String name) {
    return BY_NAME.get(name);
  }

  private static boolean isPostgres(String url) {
    return url.startsWith("postgresql://") || url.startsWith("postgres://");
  }

  /** Which processes read a setting. A class of its own, as constants come first in an enum. */
  private static final class Of {
    static final Set<Role> GATEWAY = EnumSet.of(Role.GATEWAY);
    static final Set<Role> SESSION = EnumSet.of(Role.SESSION);
    static final Set<Role> BOTH = EnumSet.of(Role.GATEWAY, Role.SESSION);
  }

  private static boolean hasOne(String list) {
    return Stream.of(list.split(",")).anyMatch(item -> !item.isBlank());
  }
}
