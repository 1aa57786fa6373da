package io.trunkline.protocol;

import io.trunkline.protocol.BusMessage.AskNode;
import io.trunkline.protocol.BusMessage.AskPresence;
import io.trunkline.protocol.BusMessage.AskUser;
import io.trunkline.protocol.BusMessage.Broadcast;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.CheckSessionIds;
import io.trunkline.protocol.BusMessage.CheckSessions;
import io.trunkline.protocol.BusMessage.Connections;
import io.trunkline.protocol.BusMessage.CountConnections;
import io.trunkline.protocol.BusMessage.CreatePermittedSession;
import io.trunkline.protocol.BusMessage.CreateSession;
import io.trunkline.protocol.BusMessage.Cursor;
import io.trunkline.protocol.BusMessage.DeleteSession;
import io.trunkline.protocol.BusMessage.DeleteUserSessions;
import io.trunkline.protocol.BusMessage.Deliver;
import io.trunkline.protocol.BusMessage.DeliverTraced;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.DisconnectUser;
import io.trunkline.protocol.BusMessage.Done;
import io.trunkline.protocol.BusMessage.DrainGateway;
import io.trunkline.protocol.BusMessage.EndSession;
import io.trunkline.protocol.BusMessage.FindSession;
import io.trunkline.protocol.BusMessage.Following;
import io.trunkline.protocol.BusMessage.FollowingKnown;
import io.trunkline.protocol.BusMessage.GatewayLoad;
import io.trunkline.protocol.BusMessage.Head;
import io.trunkline.protocol.BusMessage.Heads;
import io.trunkline.protocol.BusMessage.LogPage;
import io.trunkline.protocol.BusMessage.MoveCursors;
import io.trunkline.protocol.BusMessage.NodeReport;
import io.trunkline.protocol.BusMessage.NodeSample;
import io.trunkline.protocol.BusMessage.NumberedReply;
import io.trunkline.protocol.BusMessage.OwnsType;
import io.trunkline.protocol.BusMessage.PostMessage;
import io.trunkline.protocol.BusMessage.Posted;
import io.trunkline.protocol.BusMessage.PresenceInfo;
import io.trunkline.protocol.BusMessage.ReadHeads;
import io.trunkline.protocol.BusMessage.ReadLog;
import io.trunkline.protocol.BusMessage.Refused;
import io.trunkline.protocol.BusMessage.RelaysEnded;
import io.trunkline.protocol.BusMessage.Replies;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.Request;
import io.trunkline.protocol.BusMessage.Requests;
import io.trunkline.protocol.BusMessage.SeatTaken;
import io.trunkline.protocol.BusMessage.SessionInfo;
import io.trunkline.protocol.BusMessage.SessionOwner;
import io.trunkline.protocol.BusMessage.SessionOwners;
import io.trunkline.protocol.BusMessage.SessionState;
import io.trunkline.protocol.BusMessage.SessionStates;
import io.trunkline.protocol.BusMessage.SessionsChanged;
import io.trunkline.protocol.BusMessage.SessionsEnded;
import io.trunkline.protocol.BusMessage.TakeSeat;
import io.trunkline.protocol.BusMessage.TellTypes;
import io.trunkline.protocol.BusMessage.TellsPresence;
import io.trunkline.protocol.BusMessage.Terms;
import io.trunkline.protocol.BusMessage.Traced;
import io.trunkline.protocol.BusMessage.TypeAnnounced;
import io.trunkline.protocol.BusMessage.TypeGone;
import io.trunkline.protocol.BusMessage.TypeOwned;
import io.trunkline.protocol.BusMessage.UserInfo;
import io.trunkline.protocol.BusMessage.UserSession;
import io.trunkline.protocol.BusMessage.UsersChanged;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;

/**
 * One positional codec for every {@link BusMessage}: a kind byte, then its fields in the order of
 * the record. A kind's layout never changes; a kind is added at the end, and nodes that read it
 * ship before nodes that write it.
 */
public final class BusCodec implements MessageCodec<BusMessage, BusMessage> {
  /** Travels in every message, so it is short. */
  public static final String NAME = "t1";

  /**
   * Which kinds this version reads, as each node tells the others: for what is written only to who
   * reads it. It goes up by one with each such addition.
   *
   * <ul>
   *   <li>1: {@link Directive.Relay} and {@link BusMessage.RelaysEnded}
   * </ul>
   */
  public static final int LEVEL = 1;

  /** From this {@link #LEVEL} on, a gateway passes on what it was given the way of. */
  public static final int RELAYS = 1;

  /** Kinds of messages and of directives, each its own number space; never renumbered. */
  private static final int REQUEST = 1;

  private static final int REPLY = 2;
  private static final int REFUSED = 3;
  private static final int DONE = 4;
  private static final int DELIVER = 5;
  private static final int BROADCAST = 6;
  private static final int HEADS = 7;
  private static final int READ_LOG = 8;
  private static final int LOG_PAGE = 9;
  private static final int MOVE_CURSORS = 10;
  private static final int FOLLOWING = 11;
  private static final int FOLLOWING_KNOWN = 12;
  private static final int SESSIONS_ENDED = 13;
  private static final int CHECK_SESSIONS = 14;
  private static final int SESSION_STATES = 15;
  private static final int CREATE_SESSION = 16;
  private static final int FIND_SESSION = 17;
  private static final int DELETE_SESSION = 18;
  private static final int SESSION_INFO = 19;
  private static final int READ_HEADS = 20;
  private static final int CREATE_PERMITTED_SESSION = 21;
  private static final int DELETE_USER_SESSIONS = 22;
  private static final int SESSIONS_CHANGED = 23;
  private static final int USERS_CHANGED = 24;
  private static final int CHECK_SESSION_IDS = 25;
  private static final int SESSION_OWNERS = 26;
  private static final int COUNT_CONNECTIONS = 27;
  private static final int CONNECTIONS = 28;
  private static final int OWNS_TYPE = 29;
  private static final int TYPE_OWNED = 30;
  private static final int TYPE_ANNOUNCED = 31;
  private static final int TYPE_GONE = 32;
  private static final int TELL_TYPES = 33;
  private static final int POST_MESSAGE = 40;
  private static final int POSTED = 41;
  private static final int ASK_PRESENCE = 42;
  private static final int PRESENCE_INFO = 43;
  private static final int DISCONNECT_USER = 44;
  private static final int DELIVER_TRACED = 50;
  private static final int GATEWAY_LOAD = 60;
  private static final int TELLS_PRESENCE = 45;
  private static final int TAKE_SEAT = 46;
  private static final int SEAT_TAKEN = 47;
  private static final int ASK_NODE = 70;
  private static final int NODE_REPORT = 71;
  private static final int ASK_USER = 72;
  private static final int USER_INFO = 73;
  private static final int END_SESSION = 74;
  private static final int DRAIN_GATEWAY = 75;
  private static final int REQUESTS = 80;
  private static final int REPLIES = 81;
  private static final int RELAYS_ENDED = 82;

  private static final int IDENTIFY = 1;
  private static final int FOLLOW = 2;
  private static final int UNFOLLOW = 3;
  private static final int RECEIVED = 4;
  private static final int CLOSE = 5;
  private static final int WATCH = 6;
  private static final int FOLLOW_NEWEST = 7;
  private static final int ELSEWHERE = 8;
  private static final int RELAY = 9;

  /**
   * Makes {@code bus} carry every {@link BusMessage} by this codec; call once for each Vert.x
   * instance.
   */
  public static void register(EventBus bus) {
    bus.registerCodec(new BusCodec());
    bus.codecSelector(body -> body instanceof BusMessage ? NAME : null);
  }

  /**
   * Lets {@code bus} carry a {@link BusMessage} where the options of a message name {@link #NAME},
   * and changes nothing for whatever else it carries. May be called again.
   */
  public static void add(EventBus bus) {
    try {
      bus.registerCodec(new BusCodec());
    } catch (IllegalStateException there) {
      // by another handler of this Vert.x, or by a node
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }

  /** Records are immutable: a consumer in the same process gets the very instance. */
  @Override
  public BusMessage transform(BusMessage message) {
    return message;
  }

  @Override
  public void encodeToWire(Buffer buffer, BusMessage message) {
    WireWriter out = new WireWriter(buffer);
    if (message instanceof Request m) {
      out.kind(REQUEST)
          .text(m.type())
          .text(m.connection())
          .text(m.node())
          .integer(m.heartbeatSeconds());
      out.integer(m.attempt())
          .integer(m.timeoutMillis())
          .optional(m.caller(), BusCodec::writeCaller);
      out.optionalText(m.traceparent()).bytes(m.body());
    } else if (message instanceof Reply m) {
      writeReply(out.kind(REPLY), m);
    } else if (message instanceof Refused m) {
      out.kind(REFUSED).text(m.code().wireName()).text(m.message());
    } else if (message instanceof Done) {
      out.kind(DONE);
    } else if (message instanceof Deliver m) {
      out.kind(DELIVER).list(m.deliveries(), BusCodec::writeDelivery);
    } else if (message instanceof Broadcast m) {
      out.kind(BROADCAST).bytes(m.frame());
    } else if (message instanceof Heads m) {
      out.kind(HEADS).list(m.heads(), (w, head) -> w.text(head.topic()).number(head.offset()));
    } else if (message instanceof ReadLog m) {
      out.kind(READ_LOG).text(m.topic()).number(m.after()).integer(m.limit()).integer(m.maxBytes());
    } else if (message instanceof LogPage m) {
      out.kind(LOG_PAGE).list(m.entries(), BusCodec::writeDelivery).number(m.head());
    } else if (message instanceof MoveCursors m) {
      out.kind(MOVE_CURSORS)
          .list(m.cursors(), (w, cursor) -> w.text(cursor.session()).number(cursor.offset()))
          .list(m.confirming(), WireWriter::text);
    } else if (message instanceof Following m) {
      out.kind(FOLLOWING)
          .text(m.gateway())
          .number(m.incarnation())
          .number(m.sequence())
          .bool(m.reset());
      out.list(m.added(), WireWriter::text).list(m.removed(), WireWriter::text);
    } else if (message instanceof FollowingKnown m) {
      out.kind(FOLLOWING_KNOWN).bool(m.inSync());
    } else if (message instanceof SessionsEnded m) {
      out.kind(SESSIONS_ENDED).list(m.sessions(), WireWriter::text);
    } else if (message instanceof ReadHeads m) {
      out.kind(READ_HEADS).list(m.topics(), WireWriter::text);
    } else if (message instanceof CheckSessions m) {
      out.kind(CHECK_SESSIONS).list(m.sessions(), WireWriter::text);
    } else if (message instanceof SessionStates m) {
      out.kind(SESSION_STATES).list(m.expiresAt(), WireWriter::number);
    } else if (message instanceof CreateSession m) {
      out.kind(CREATE_SESSION).text(m.user()).number(m.ttlSeconds());
    } else if (message instanceof FindSession m) {
      out.kind(FIND_SESSION).text(m.id());
    } else if (message instanceof DeleteSession m) {
      out.kind(DELETE_SESSION).text(m.id());
    } else if (message instanceof SessionInfo m) {
      out.kind(SESSION_INFO)
          .text(m.status())
          .optionalText(m.id())
          .optionalText(m.user())
          .number(m.expiresAt());
    } else if (message instanceof CreatePermittedSession m) {
      out.kind(CREATE_PERMITTED_SESSION).text(m.user()).number(m.ttlSeconds());
      out.list(m.permissions(), WireWriter::text);
    } else if (message instanceof DeleteUserSessions m) {
      out.kind(DELETE_USER_SESSIONS).text(m.user());
    } else if (message instanceof SessionsChanged m) {
      out.kind(SESSIONS_CHANGED).list(m.sessions(), BusCodec::writeState);
    } else if (message instanceof UsersChanged m) {
      out.kind(USERS_CHANGED).list(m.users(), WireWriter::text);
    } else if (message instanceof CheckSessionIds m) {
      out.kind(CHECK_SESSION_IDS).list(m.ids(), WireWriter::text);
    } else if (message instanceof SessionOwners m) {
      out.kind(SESSION_OWNERS).list(m.owners(), BusCodec::writeOwner);
    } else if (message instanceof CountConnections m) {
      out.kind(COUNT_CONNECTIONS).text(m.user());
    } else if (message instanceof Connections m) {
      out.kind(CONNECTIONS).integer(m.count());
    } else if (message instanceof OwnsType m) {
      out.kind(OWNS_TYPE).text(m.type());
    } else if (message instanceof TypeOwned m) {
      out.kind(TYPE_OWNED).bool(m.owned());
    } else if (message instanceof TypeAnnounced m) {
      writeTerms(out.kind(TYPE_ANNOUNCED).text(m.type()).text(m.instance()), m.terms());
    } else if (message instanceof TypeGone m) {
      out.kind(TYPE_GONE).text(m.type()).text(m.instance());
    } else if (message instanceof TellTypes) {
      out.kind(TELL_TYPES);
    } else if (message instanceof PostMessage m) {
      out.kind(POST_MESSAGE).optionalText(m.receiver()).optionalText(m.channel());
      out.optionalText(m.sender()).optionalText(m.id()).bytes(m.message());
    } else if (message instanceof Posted m) {
      out.kind(POSTED).number(m.offset()).number(m.time()).bool(m.duplicate());
    } else if (message instanceof AskPresence m) {
      out.kind(ASK_PRESENCE).optionalText(m.channel()).bool(m.everybody());
      out.list(m.users(), WireWriter::text);
    } else if (message instanceof PresenceInfo m) {
      out.kind(PRESENCE_INFO).integer(m.count()).list(m.users(), WireWriter::text);
    } else if (message instanceof DisconnectUser m) {
      out.kind(DISCONNECT_USER).text(m.user());
    } else if (message instanceof DeliverTraced m) {
      out.kind(DELIVER_TRACED).list(m.deliveries(), BusCodec::writeDelivery);
      out.list(m.traced(), (w, traced) -> w.integer(traced.index()).text(traced.traceparent()));
    } else if (message instanceof GatewayLoad m) {
      out.kind(GATEWAY_LOAD).text(m.gateway()).integer(m.connections()).bool(m.ready());
    } else if (message instanceof TellsPresence m) {
      out.kind(TELLS_PRESENCE).text(m.service());
    } else if (message instanceof TakeSeat m) {
      out.kind(TAKE_SEAT).text(m.channel()).text(m.user()).integer(m.most());
    } else if (message instanceof SeatTaken m) {
      out.kind(SEAT_TAKEN).bool(m.taken());
    } else if (message instanceof AskNode m) {
      out.kind(ASK_NODE).integer(m.samples());
    } else if (message instanceof NodeReport m) {
      writeReport(out.kind(NODE_REPORT), m);
    } else if (message instanceof AskUser m) {
      out.kind(ASK_USER).text(m.user());
    } else if (message instanceof UserInfo m) {
      out.kind(USER_INFO).bool(m.known()).number(m.head()).list(m.gateways(), WireWriter::text);
      out.integer(m.sessions()).list(m.newest(), BusCodec::writeSession);
    } else if (message instanceof EndSession m) {
      out.kind(END_SESSION).text(m.user()).text(m.session());
    } else if (message instanceof DrainGateway m) {
      out.kind(DRAIN_GATEWAY).bool(m.drain());
    } else if (message instanceof Requests m) {
      writeRequests(out.kind(REQUESTS), m);
    } else if (message instanceof Replies m) {
      out.kind(REPLIES).integer(m.loop()).list(m.replies(), BusCodec::writeNumbered);
    } else if (message instanceof RelaysEnded m) {
      out.kind(RELAYS_ENDED).text(m.service()).number(m.version());
      out.list(m.topics(), WireWriter::text);
    }
  }

  @Override
  public BusMessage decodeFromWire(int position, Buffer buffer) {
    WireReader in = new WireReader(buffer, position);
    int kind = in.kind();
    return switch (kind) {
      case REQUEST ->
          new Request(
              in.text(),
              in.text(),
              in.text(),
              in.integer(),
              in.integer(),
              in.integer(),
              in.optional(BusCodec::readCaller),
              in.optionalText(),
              in.bytes());
      case REPLY -> readReply(in);
      case REFUSED -> new Refused(errorCode(in.text()), in.text());
      case DONE -> new Done();
      case DELIVER -> new Deliver(in.list(BusCodec::readDelivery));
      case BROADCAST -> new Broadcast(in.bytes());
      case HEADS -> new Heads(in.list(r -> new Head(r.text(), r.number())));
      case READ_LOG -> new ReadLog(in.text(), in.number(), in.integer(), in.integer());
      case LOG_PAGE -> new LogPage(in.list(BusCodec::readDelivery), in.number());
      case MOVE_CURSORS ->
          new MoveCursors(
              in.list(r -> new Cursor(r.text(), r.number())), in.list(WireReader::text));
      case FOLLOWING ->
          new Following(
              in.text(),
              in.number(),
              in.number(),
              in.bool(),
              in.list(WireReader::text),
              in.list(WireReader::text));
      case FOLLOWING_KNOWN -> new FollowingKnown(in.bool());
      case SESSIONS_ENDED -> new SessionsEnded(in.list(WireReader::text));
      case READ_HEADS -> new ReadHeads(in.list(WireReader::text));
      case CHECK_SESSIONS -> new CheckSessions(in.list(WireReader::text));
      case SESSION_STATES -> new SessionStates(in.list(WireReader::number));
      case CREATE_SESSION -> new CreateSession(in.text(), in.number());
      case FIND_SESSION -> new FindSession(in.text());
      case DELETE_SESSION -> new DeleteSession(in.text());
      case SESSION_INFO ->
          new SessionInfo(in.text(), in.optionalText(), in.optionalText(), in.number());
      case CREATE_PERMITTED_SESSION ->
          new CreatePermittedSession(in.text(), in.number(), in.list(WireReader::text));
      case DELETE_USER_SESSIONS -> new DeleteUserSessions(in.text());
      case SESSIONS_CHANGED -> new SessionsChanged(in.list(BusCodec::readState));
      case USERS_CHANGED -> new UsersChanged(in.list(WireReader::text));
      case CHECK_SESSION_IDS -> new CheckSessionIds(in.list(WireReader::text));
      case SESSION_OWNERS -> new SessionOwners(in.list(BusCodec::readOwner));
      case COUNT_CONNECTIONS -> new CountConnections(in.text());
      case CONNECTIONS -> new Connections(in.integer());
      case OWNS_TYPE -> new OwnsType(in.text());
      case TYPE_OWNED -> new TypeOwned(in.bool());
      case TYPE_ANNOUNCED -> new TypeAnnounced(in.text(), in.text(), readTerms(in));
      case TYPE_GONE -> new TypeGone(in.text(), in.text());
      case TELL_TYPES -> new TellTypes();
      case POST_MESSAGE ->
          new PostMessage(
              in.optionalText(),
              in.optionalText(),
              in.optionalText(),
              in.optionalText(),
              in.bytes());
      case POSTED -> new Posted(in.number(), in.number(), in.bool());
      case ASK_PRESENCE -> new AskPresence(in.optionalText(), in.bool(), in.list(WireReader::text));
      case PRESENCE_INFO -> new PresenceInfo(in.integer(), in.list(WireReader::text));
      case DISCONNECT_USER -> new DisconnectUser(in.text());
      case DELIVER_TRACED ->
          new DeliverTraced(
              in.list(BusCodec::readDelivery), in.list(r -> new Traced(r.integer(), r.text())));
      case GATEWAY_LOAD -> new GatewayLoad(in.text(), in.integer(), in.bool());
      case TELLS_PRESENCE -> new TellsPresence(in.text());
      case TAKE_SEAT -> new TakeSeat(in.text(), in.text(), in.integer());
      case SEAT_TAKEN -> new SeatTaken(in.bool());
      case ASK_NODE -> new AskNode(in.integer());
      case NODE_REPORT -> readReport(in);
      case ASK_USER -> new AskUser(in.text());
      case USER_INFO ->
          new UserInfo(
              in.bool(),
              in.number(),
              in.list(WireReader::text),
              in.integer(),
              in.list(BusCodec::readSession));
      case END_SESSION -> new EndSession(in.text(), in.text());
      case DRAIN_GATEWAY -> new DrainGateway(in.bool());
      case REQUESTS -> readRequests(in);
      case REPLIES -> new Replies(in.integer(), in.list(BusCodec::readNumbered));
      case RELAYS_ENDED -> new RelaysEnded(in.text(), in.number(), in.list(WireReader::text));
      default -> throw new IllegalArgumentException("bus message of unknown kind " + kind);
    };
  }

  private static void writeReply(WireWriter out, Reply reply) {
    out.optionalBytes(reply.frame()).list(reply.directives(), BusCodec::writeDirective);
  }

  private static Reply readReply(WireReader in) {
    return new Reply(in.optionalBytes(), in.list(BusCodec::readDirective));
  }

  /** What they share stands once. */
  private static void writeRequests(WireWriter out, Requests batch) {
    Request any = batch.requests().get(0);
    out.integer(batch.loop()).number(batch.first());
    out.text(any.node()).integer(any.heartbeatSeconds());
    out.list(batch.requests(), BusCodec::writeSharedRequest);
  }

  private static void writeSharedRequest(WireWriter out, Request request) {
    out.text(request.type()).text(request.connection());
    out.integer(request.attempt()).integer(request.timeoutMillis());
    out.optional(request.caller(), BusCodec::writeCaller);
    out.optionalText(request.traceparent()).bytes(request.body());
  }

  private static Requests readRequests(WireReader in) {
    int loop = in.integer();
    long first = in.number();
    String node = in.text();
    int heartbeatSeconds = in.integer();
    return new Requests(
        loop,
        first,
        in.list(
            r ->
                new Request(
                    r.text(),
                    r.text(),
                    node,
                    heartbeatSeconds,
                    r.integer(),
                    r.integer(),
                    r.optional(BusCodec::readCaller),
                    r.optionalText(),
                    r.bytes())));
  }

  private static void writeNumbered(WireWriter out, NumberedReply answer) {
    out.number(answer.number()).optional(answer.reply(), BusCodec::writeReply);
  }

  private static NumberedReply readNumbered(WireReader in) {
    return new NumberedReply(in.number(), in.optional(BusCodec::readReply));
  }

  static void writeTerms(WireWriter out, Terms terms) {
    out.optionalBytes(terms.schema()).optionalText(terms.permission());
    out.integer(terms.maxBytes()).integer(terms.ratePerSecond());
  }

  private static Terms readTerms(WireReader in) {
    return new Terms(in.optionalBytes(), in.optionalText(), in.integer(), in.integer());
  }

  private static void writeCaller(WireWriter out, Caller caller) {
    out.text(caller.user()).text(caller.session()).list(caller.permissions(), WireWriter::text);
  }

  private static Caller readCaller(WireReader in) {
    return new Caller(in.text(), in.text(), in.list(WireReader::text));
  }

  private static void writeDelivery(WireWriter out, Delivery delivery) {
    out.text(delivery.topic()).number(delivery.offset()).bytes(delivery.frame());
  }

  private static Delivery readDelivery(WireReader in) {
    return new Delivery(in.text(), in.number(), in.bytes());
  }

  private static void writeState(WireWriter out, SessionState state) {
    out.text(state.session()).number(state.expiresAt()).list(state.permissions(), WireWriter::text);
  }

  private static SessionState readState(WireReader in) {
    return new SessionState(in.text(), in.number(), in.list(WireReader::text));
  }

  private static void writeOwner(WireWriter out, SessionOwner owner) {
    out.optionalText(owner.user()).number(owner.expiresAt());
    out.list(owner.permissions(), WireWriter::text);
  }

  private static SessionOwner readOwner(WireReader in) {
    return new SessionOwner(in.optionalText(), in.number(), in.list(WireReader::text));
  }

  private static void writeReport(WireWriter out, NodeReport report) {
    out.text(report.version()).number(report.startedAt()).integer(report.stepMillis());
    out.list(report.series(), WireWriter::text).list(report.now(), WireWriter::number);
    out.list(
        report.samples(),
        (w, sample) -> w.number(sample.at()).list(sample.values(), WireWriter::number));
  }

  private static NodeReport readReport(WireReader in) {
    return new NodeReport(
        in.text(),
        in.number(),
        in.integer(),
        in.list(WireReader::text),
        in.list(WireReader::number),
        in.list(r -> new NodeSample(r.number(), r.list(WireReader::number))));
  }

  private static void writeSession(WireWriter out, UserSession session) {
    out.text(session.session()).number(session.createdAt()).number(session.expiresAt());
    out.number(session.cursor()).number(session.unread()).bool(session.outside());
  }

  private static UserSession readSession(WireReader in) {
    return new UserSession(
        in.text(), in.number(), in.number(), in.number(), in.number(), in.bool());
  }

  private static void writeDirective(WireWriter out, Directive directive) {
    if (directive instanceof Directive.Identify d) {
      out.kind(IDENTIFY).text(d.user()).text(d.session()).number(d.expiresAt());
      out.list(d.permissions(), WireWriter::text);
    } else if (directive instanceof Directive.Follow d && d.keep() > 0) {
      out.kind(FOLLOW_NEWEST).text(d.topic()).integer(d.keep());
    } else if (directive instanceof Directive.Follow d) {
      out.kind(FOLLOW).text(d.topic()).number(d.after()).bool(d.cursor());
    } else if (directive instanceof Directive.Unfollow d) {
      out.kind(UNFOLLOW).text(d.topic());
    } else if (directive instanceof Directive.Received d) {
      out.kind(RECEIVED).text(d.topic()).number(d.offset());
    } else if (directive instanceof Directive.Close d) {
      out.kind(CLOSE).integer(d.code()).text(d.reason());
    } else if (directive instanceof Directive.Watch d) {
      out.kind(WATCH).text(d.sessionId()).integer(d.seconds());
    } else if (directive instanceof Directive.Elsewhere d) {
      out.kind(ELSEWHERE).list(d.gateways(), WireWriter::text);
    } else if (directive instanceof Directive.Relay d) {
      out.kind(RELAY).text(d.topic()).text(d.channel()).bytes(d.head());
      out.list(d.gateways(), WireWriter::text);
      out.text(d.service()).number(d.version()).integer(d.millis());
      out.optionalText(d.traceparent());
    }
  }

  private static Directive readDirective(WireReader in) {
    int kind = in.kind();
    return switch (kind) {
      case IDENTIFY ->
          new Directive.Identify(in.text(), in.text(), in.number(), in.list(WireReader::text));
      case FOLLOW -> new Directive.Follow(in.text(), in.number(), in.bool());
      case FOLLOW_NEWEST -> Directive.Follow.unlogged(in.text(), in.integer());
      case UNFOLLOW -> new Directive.Unfollow(in.text());
      case RECEIVED -> new Directive.Received(in.text(), in.number());
      case CLOSE -> new Directive.Close(in.integer(), in.text());
      case WATCH -> new Directive.Watch(in.text(), in.integer());
      case ELSEWHERE -> new Directive.Elsewhere(in.list(WireReader::text));
      case RELAY ->
          new Directive.Relay(
              in.text(),
              in.text(),
              in.bytes(),
              in.list(WireReader::text),
              in.text(),
              in.number(),
              in.integer(),
              in.optionalText());
      default -> throw new IllegalArgumentException("directive of unknown kind " + kind);
    };
  }

  private static ErrorCode errorCode(String wireName) {
    for (ErrorCode code : ErrorCode.values()) {
      if (code.wireName().equals(wireName)) {
        return code;
      }
    }
    return ErrorCode.UNAVAILABLE;
  }
}
