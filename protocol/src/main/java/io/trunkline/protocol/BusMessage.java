package io.trunkline.protocol;

import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * The closed set of messages between nodes. Everything sent this way may be lost; what was acked to
 * a client may not be, so who can say from offsets what is missing asks the log.
 *
 * <p>Instances are shared between threads and consumers: nobody changes an array or list after
 * handing it over.
 */
@SuppressWarnings(
    "ArrayRecordComponent") // frames are bytes on purpose: they cross bus and gateway untouched
public sealed interface BusMessage {

  /** Who is asking. {@code session} is the SHA-256 of the session id in hex. */
  record Caller(String user, String session, List<String> permissions) {
    public Caller {
      permissions = List.copyOf(permissions);
    }
  }

  /**
   * A client's frame on its way to whoever handles its type.
   *
   * @param connection the connection's id, unique in the cluster, for logs
   * @param node the gateway node's name
   * @param heartbeatSeconds what the gateway tells its clients
   * @param attempt 1, or more when an earlier attempt's answer was lost: the request may have been
   *     carried out already
   * @param timeoutMillis after this long nobody waits for the answer any more
   * @param caller null before there is a session
   * @param traceparent W3C trace context, or null
   * @param body the frame as it came: valid JSON, an object
   */
  record Request(
      String type,
      String connection,
      String node,
      int heartbeatSeconds,
      int attempt,
      int timeoutMillis,
      Caller caller,
      String traceparent,
      byte[] body)
      implements BusMessage {}

  /**
   * The answer to a {@link Request}.
   *
   * @param frame what to write, or null
   */
  record Reply(byte[] frame, List<Directive> directives) implements BusMessage {
    public static final Reply NOTHING = new Reply(null, List.of());

    public Reply {
      directives = List.copyOf(directives);
    }

    public static Reply of(byte[] frame, Directive... directives) {
      return new Reply(frame, List.of(directives));
    }
  }

  /**
   * Requests that one event loop of a gateway had to ask in one turn. They have nothing else in
   * common, and each is answered by itself: the first answers that are ready are the reply to this
   * message, the others are sent to the gateway as they come.
   *
   * @param loop which event loop of the gateway asks; it stands in {@link Replies} again
   * @param first the number of the first request, of that loop's; the others have the next ones
   * @param requests of one gateway, so all with the same {@link Request#node} and {@link
   *     Request#heartbeatSeconds}; never empty
   */
  record Requests(int loop, long first, List<Request> requests) implements BusMessage {
    public Requests {
      requests = List.copyOf(requests);
      if (requests.isEmpty()) {
        throw new IllegalArgumentException("a batch without a request");
      }
    }
  }

  /** Replies to some of what {@link Requests} asked, perhaps of several of them. */
  record Replies(int loop, List<NumberedReply> replies) implements BusMessage {
    public Replies {
      replies = List.copyOf(replies);
    }
  }

  /**
   * The answer to one request of {@link Requests}.
   *
   * @param number of the request
   * @param reply null: whoever was asked does not know the type, and did nothing
   */
  record NumberedReply(long number, Reply reply) {}

  /**
   * A request that was not carried out; where no client frame is in play ({@link Reply} carries
   * those).
   */
  record Refused(ErrorCode code, String message) implements BusMessage {}

  /** Done, nothing to tell. */
  record Done() implements BusMessage {}

  /** One frame for the followers of one topic; {@code offset} 0 means that it is in no log. */
  record Delivery(String topic, long offset, byte[] frame) {}

  /**
   * Frames for one gateway node, in the order of their commit for each topic. Answered by {@link
   * Done}.
   */
  record Deliver(List<Delivery> deliveries) implements BusMessage {}

  /**
   * Which of some deliveries is traced.
   *
   * @param index its place among them
   * @param traceparent W3C trace context of what it follows from
   */
  record Traced(int index, String traceparent) {}

  /** As {@link Deliver}, where some of the deliveries are traced. */
  record DeliverTraced(List<Delivery> deliveries, List<Traced> traced) implements BusMessage {}

  /** One frame for every connection that has a session. */
  record Broadcast(byte[] frame) implements BusMessage {}

  /** How far a topic reaches. */
  record Head(String topic, long offset) {}

  /** The sweep: these topics have grown lately. Who follows one and has less asks the log. */
  record Heads(List<Head> heads) implements BusMessage {}

  /**
   * A page of a topic's log: the entries after {@code after}, at most {@code limit} of them and
   * about {@code maxBytes}. Answered by {@link LogPage}.
   */
  record ReadLog(String topic, long after, int limit, int maxBytes) implements BusMessage {}

  /**
   * Entries of one topic's log.
   *
   * @param head the last offset of the topic when the page was read; a page that ends below it is
   *     not the last
   */
  record LogPage(List<Delivery> entries, long head) implements BusMessage {}

  /**
   * How far do these topics reach? Asked after a doubt, when frames may have been lost unnoticed.
   * Answered by {@link Heads}; a topic that has never had an entry may be left out.
   */
  record ReadHeads(List<String> topics) implements BusMessage {}

  /** How far a session has read its user's inbox. */
  record Cursor(String session, long offset) {}

  /**
   * Cursors that moved; they never move back. Answered by {@link Done}.
   *
   * @param confirming sessions whose client moves the cursor itself from now on
   */
  record MoveCursors(List<Cursor> cursors, List<String> confirming) implements BusMessage {}

  /**
   * Which topics a gateway follows: a change, or the first part of the whole set.
   *
   * @param incarnation differs each time that the gateway process starts
   * @param sequence 1, 2, 3... within one incarnation for each session service
   * @param reset forget what was known of this gateway before
   */
  record Following(
      String gateway,
      long incarnation,
      long sequence,
      boolean reset,
      List<String> added,
      List<String> removed)
      implements BusMessage {}

  /**
   * The answer to {@link Following}.
   *
   * @param inSync false: the sender should begin again with a reset
   */
  record FollowingKnown(boolean inSync) implements BusMessage {}

  /** These sessions, by SHA-256 in hex, have ended: their connections close with 4001. */
  record SessionsEnded(List<String> sessions) implements BusMessage {}

  /** Are these sessions, by SHA-256 in hex, still good? Answered by {@link SessionStates}. */
  record CheckSessions(List<String> sessions) implements BusMessage {}

  /**
   * Expiry of each session asked for, in the same order, epoch milliseconds; 0 for one that has
   * ended.
   */
  record SessionStates(List<Long> expiresAt) implements BusMessage {}

  /**
   * Server API: a new session; {@code ttlSeconds} 0 means the default. Answered by {@link
   * SessionInfo}.
   */
  record CreateSession(String user, long ttlSeconds) implements BusMessage {}

  /** Server API: what is this session? Answered by {@link SessionInfo}. */
  record FindSession(String id) implements BusMessage {}

  /** Server API: end this session. Answered by {@link Done}, also when there was none. */
  record DeleteSession(String id) implements BusMessage {}

  /**
   * A session, as the server API shows it.
   *
   * @param id the session id where it was just created, else null; status is {@code valid} or
   *     {@code expired}
   */
  record SessionInfo(String status, String id, String user, long expiresAt) implements BusMessage {
    @Override
    public String toString() {
      return "SessionInfo[status=" + status + ", user=" + user + "]";
    }
  }

  /**
   * Server API: a new session that may do this and nothing else, whatever sessions may by default.
   * Answered by {@link SessionInfo}.
   */
  record CreatePermittedSession(String user, long ttlSeconds, List<String> permissions)
      implements BusMessage {
    public CreatePermittedSession {
      permissions = List.copyOf(permissions);
    }
  }

  /** Server API: end all sessions of this user. Answered by {@link Done}, also without any. */
  record DeleteUserSessions(String user) implements BusMessage {}

  /**
   * What a session is from now on.
   *
   * @param session SHA-256 of the id, in hex
   * @param expiresAt epoch milliseconds
   * @param permissions what it may do
   */
  record SessionState(String session, long expiresAt, List<String> permissions) {
    public SessionState {
      permissions = List.copyOf(permissions);
    }
  }

  /** These sessions have got another expiry or other permissions. */
  record SessionsChanged(List<SessionState> sessions) implements BusMessage {}

  /**
   * Something may have become of sessions of these users: gateways ask at once for those that they
   * were told to ask for again ({@link Directive.Watch}).
   */
  record UsersChanged(List<String> users) implements BusMessage {}

  /**
   * Are the sessions of these ids still good, and whose are they? For sessions in a table of
   * another application, which only their id can find. Answered by {@link SessionOwners}.
   */
  record CheckSessionIds(List<String> ids) implements BusMessage {
    @Override
    public String toString() {
      return "CheckSessionIds[count=" + ids.size() + "]";
    }
  }

  /**
   * Whose a session is, and until when.
   *
   * @param user null for a session that has ended
   * @param expiresAt epoch milliseconds; 0 for a session that has ended
   * @param permissions what it may do
   */
  record SessionOwner(String user, long expiresAt, List<String> permissions) {
    public SessionOwner {
      permissions = List.copyOf(permissions);
    }
  }

  /** One for each id asked for, in the same order. */
  record SessionOwners(List<SessionOwner> owners) implements BusMessage {}

  /** How many connections has this user on the gateway asked? Answered by {@link Connections}. */
  record CountConnections(String user) implements BusMessage {}

  record Connections(int count) implements BusMessage {}

  /** Does the session service handle this type itself? Answered by {@link TypeOwned}. */
  record OwnsType(String type) implements BusMessage {}

  record TypeOwned(boolean owned) implements BusMessage {}

  /**
   * On which terms a handler outside the session service takes frames; gateways see to them.
   *
   * @param schema a JSON Schema as JSON, or null
   * @param permission without which a frame is refused, or null
   * @param maxBytes of a frame; 0: as many as the gateway lets in
   * @param ratePerSecond frames a second of one connection; 0: as many as the gateway lets in
   */
  record Terms(byte[] schema, String permission, int maxBytes, int ratePerSecond) {
    /** The same for the same terms, and for no others. */
    public String digest() {
      Buffer bytes = Buffer.buffer();
      BusCodec.writeTerms(new WireWriter(bytes), this);
      return Digests.sha256(bytes.getBytes());
    }
  }

  /**
   * A handler takes frames of this type on these terms. Said again every {@link
   * Addresses#ANNOUNCE_MILLIS}, and when a gateway asks by {@link TellTypes}.
   *
   * @param instance differs for each handler, and each time that it starts
   */
  record TypeAnnounced(String type, String instance, Terms terms) implements BusMessage {}

  /** That handler takes no more frames. */
  record TypeGone(String type, String instance) implements BusMessage {}

  /** A gateway has started: who handles a type, and is not the session service, announces it. */
  record TellTypes() implements BusMessage {}

  /**
   * Server API: a message of the application's own. To a receiver, else to a channel, else to
   * everybody. Answered by {@link Posted}.
   *
   * @param receiver a user, or null
   * @param channel or null
   * @param sender as clients are to read it; null: the frame names none
   * @param id by which a repeat is known, beside the ids of clients; null: every time is the first
   * @param message any JSON
   */
  record PostMessage(String receiver, String channel, String sender, String id, byte[] message)
      implements BusMessage {
    @Override
    public String toString() {
      return "PostMessage[bytes=" + message.length + "]";
    }
  }

  /**
   * A posted message has been taken.
   *
   * @param offset its place in the log; 0 where it is in none
   * @param time epoch milliseconds
   * @param duplicate whether it is the place and time of an earlier one with the same id
   */
  record Posted(long offset, long time, boolean duplicate) implements BusMessage {}

  /**
   * Server API: who is online? Answered by {@link PresenceInfo}.
   *
   * @param channel null: anywhere
   * @param everybody false: only those of {@code users}
   */
  record AskPresence(String channel, boolean everybody, List<String> users) implements BusMessage {
    public AskPresence {
      users = List.copyOf(users);
    }
  }

  /** Users who are online: how many, and the first of their names. */
  record PresenceInfo(int count, List<String> users) implements BusMessage {
    public PresenceInfo {
      users = List.copyOf(users);
    }
  }

  /**
   * Server API: the gateway asked is to close all connections of this user. Answered by {@link
   * Connections}: how many there were.
   */
  record DisconnectUser(String user) implements BusMessage {}

  /**
   * How a gateway is, said to the others every few seconds where they keep each other even.
   *
   * @param connections with and without a session
   * @param ready whether it takes newcomers
   */
  record GatewayLoad(String gateway, int connections, boolean ready) implements BusMessage {}

  /**
   * This session service tells of changes in presence. Said once a second to all session services,
   * so that each change is told by one of them.
   */
  record TellsPresence(String service) implements BusMessage {}

  /**
   * May {@code user} be one of at most {@code most} users in {@code channel}? Asked of the session
   * service that decides for the channel, and answered by {@link SeatTaken}.
   */
  record TakeSeat(String channel, String user, int most) implements BusMessage {}

  /**
   * The answer to {@link TakeSeat}.
   *
   * @param taken false: there is no room
   */
  record SeatTaken(boolean taken) implements BusMessage {}

  /**
   * How is the node asked? Sent to {@link Addresses#node}, answered by {@link NodeReport}.
   *
   * @param samples of the last minutes, the newest; 0: none
   */
  record AskNode(int samples) implements BusMessage {}

  /**
   * What a node measured at one moment.
   *
   * @param at epoch milliseconds, a multiple of the report's step
   * @param values one for each series of the report, in the same order
   */
  record NodeSample(long at, List<Long> values) {
    public NodeSample {
      values = List.copyOf(values);
    }
  }

  /**
   * The answer to {@link AskNode}. What there is to measure differs by role and version, so series
   * have names; docs/server-api.md lists them.
   *
   * @param version of the program; empty where it is not known
   * @param startedAt epoch milliseconds
   * @param stepMillis between two samples
   * @param now the newest value of each series; empty before the first sample
   * @param samples the oldest first
   */
  record NodeReport(
      String version,
      long startedAt,
      int stepMillis,
      List<String> series,
      List<Long> now,
      List<NodeSample> samples)
      implements BusMessage {
    public NodeReport {
      series = List.copyOf(series);
      now = List.copyOf(now);
      samples = List.copyOf(samples);
    }
  }

  /** Server API: what is there of this user? Answered by {@link UserInfo}. */
  record AskUser(String user) implements BusMessage {}

  /**
   * A session as those who look after it see it, who never get its id.
   *
   * @param session SHA-256 of the id, in hex
   * @param createdAt epoch milliseconds
   * @param expiresAt epoch milliseconds
   * @param cursor how far it has read its user's inbox
   * @param unread messages after the cursor that are still kept
   * @param outside whether another application owns it
   */
  record UserSession(
      String session, long createdAt, long expiresAt, long cursor, long unread, boolean outside) {}

  /**
   * The answer to {@link AskUser}.
   *
   * @param known whether there has ever been a session of this user
   * @param head the last offset of the user's inbox
   * @param gateways where the user is connected
   * @param sessions how many there are; the list may have fewer, the newest
   */
  record UserInfo(
      boolean known, long head, List<String> gateways, int sessions, List<UserSession> newest)
      implements BusMessage {
    public UserInfo {
      gateways = List.copyOf(gateways);
      newest = List.copyOf(newest);
    }
  }

  /**
   * Server API: end the session of this SHA-256, in hex, if it is this user's. Answered by {@link
   * Done}, also when there was none.
   */
  record EndSession(String user, String session) implements BusMessage {}

  /**
   * Server API: the gateway asked is to send its clients away and take no new ones, or to take them
   * again. Answered by {@link Connections}: how many it has.
   */
  record DrainGateway(boolean drain) implements BusMessage {}

  /**
   * More gateways follow these topics than a {@link Directive.Relay} has said: ask again. Answered
   * by {@link Done} once nothing goes by what was said before.
   *
   * @param service the node that had said it
   * @param version what it said at a lower one is over, if it is about one of these topics
   */
  record RelaysEnded(String service, long version, List<String> topics) implements BusMessage {
    public RelaysEnded {
      topics = List.copyOf(topics);
    }
  }
}
