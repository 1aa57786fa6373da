package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.trunkline.gateway.TopicLineTest.Weather;
import io.trunkline.protocol.BusMessage.Delivery;
import io.trunkline.protocol.BusMessage.LogPage;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Bus, log, time and clients around one {@link TopicLine}. Everything that is under way stands in
 * one list from which chance picks, so that anything may overtake anything; no thread, no clock.
 */
final class TopicWorld implements TopicLine.Host {
  private static final String TOPIC = "channel:news";

  /** Where a settled world would be long at rest. */
  private static final int MOST_STEPS_TO_SETTLE = 500_000;

  /** Told by a node whose commit was lost: no log has it. */
  private static final int LOST = 1;

  /** Of a frame with less than 126 bytes of payload. */
  private static final int SHORT_HEADER_BYTES = 2;

  private final Random random;
  private final Weather weather;
  private final int pageEntries;
  private final List<Runnable> underWay = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();
  private final List<ByteBuf> frames = new ArrayList<>();
  private final Map<String, Long> cursors = new HashMap<>();
  private final Set<Follower> cursorsDue = new HashSet<>();
  private final Counts counts = new Counts();
  private TopicLine line = new TopicLine(TOPIC, this);

  /** The log has {@code firstKept} to {@code head}. */
  private long head;

  private long firstKept = 1;
  private int reads;
  private int commitsDuringReads;

  /** Nothing fails or gets lost any more. */
  private boolean calm;

  /** A calm one, for chosen cases: things happen in the order in which they were set off. */
  TopicWorld() {
    this.random = null;
    this.weather = null;
    this.pageEntries = 256;
    this.calm = true;
  }

  TopicWorld(long seed, Weather weather) {
    this.random = new Random(seed);
    this.weather = weather;
    this.pageEntries = List.of(1, 3, 20, 256).get(random.nextInt(4));
    this.head = random.nextInt(5);
  }

  @Override
  public Counts counts() {
    return counts;
  }

  /** One who follows, and checks what it gets. */
  final class Client implements Follower.Outlet {
    private final String session = "session-" + clients.size();
    private final List<Long> offsets = new ArrayList<>();
    private Follower follower;
    private boolean open = true;
    private boolean writable = true;

    /** The last offset that it has; -1 where it asked for more than there is. */
    private long has;

    Follower follower() {
      return follower;
    }

    List<Long> offsets() {
      return offsets;
    }

    long last() {
      return has;
    }

    void writable(boolean now) {
      writable = now;
      if (now) {
        follower.resume();
      }
    }

    void closeItself() {
      open = false;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public boolean isDrained() {
      return true;
    }

    @Override
    public boolean hasRoomFor(int bytes) {
      return isWritable() && (calm || random.nextInt(20) > 0);
    }

    @Override
    public boolean isWritable() {
      return open && writable;
    }

    @Override
    public String session() {
      return session;
    }

    @Override
    public void write(TextFrame frame) {
      ByteBuf bytes = frame.bytesFor(null);
      frames.add(bytes);
      long offset = bytes.getLong(SHORT_HEADER_BYTES);
      boolean lost = bytes.getInt(SHORT_HEADER_BYTES + Long.BYTES) == LOST;
      bytes.release();
      check(!lost, "from no log", offset);
      if (!open) {
        return;
      }
      offsets.add(offset);
      if (offset > 0) {
        require(offset);
      }
    }

    private void require(long offset) {
      check(clients.contains(this), "after it has left", offset);
      check(offset <= head, "beyond the head", offset);
      if (has >= 0) {
        check(offset > has, "again", offset);
        check(offset == has + 1 || offset <= firstKept, "over a hole", offset);
      }
      has = offset;
    }

    private void check(boolean rule, String otherwise, long offset) {
      if (!rule) {
        throw new AssertionError(
            session + " got " + offset + " " + otherwise + ", having " + has + " of " + head);
      }
    }
  }

  // What happens

  TopicLine line() {
    return line;
  }

  long head() {
    return head;
  }

  int reads() {
    return reads;
  }

  long cursor(Client client) {
    tellCursors();
    return cursors.getOrDefault(client.session, 0L);
  }

  void commit(int count) {
    head += count;
  }

  void push(long offset) {
    line.offer(delivery(offset, 0));
  }

  void commitAndPush() {
    commit(1);
    push(head);
  }

  /** What a session service sent whose commit was lost, as in a fail-over of Postgres. */
  void pushLost(long offset) {
    line.offer(delivery(offset, LOST));
  }

  void pushUnlogged() {
    line.offer(delivery(0, 0));
  }

  void forgetBefore(long offset) {
    firstKept = offset;
  }

  /** So many commits, pushed at once, between each page's reading and its arrival. */
  void commitDuringReads(int count) {
    commitsDuringReads = count;
  }

  Client join(long after) {
    Client client = new Client();
    client.has = after > head ? -1 : after;
    client.follower = line.add(client, after, true);
    clients.add(client);
    underWay.add(client.follower::begin);
    return client;
  }

  void leave(Client client) {
    clients.remove(client);
    line.remove(client.follower);
    if (line.isEmpty()) { // as the hub does
      line = new TopicLine(TOPIC, this);
    }
  }

  // By chance

  void live(int steps) {
    for (int i = 0; i < steps; i++) {
      step();
    }
  }

  private void step() {
    int choice = random.nextInt(100);
    if (choice < 20) {
      commitAndSend(1);
    } else if (choice < 25 && clients.size() < 4) {
      join(random.nextInt((int) head + (weather == Weather.LYING ? 5 : 1)));
    } else if (choice < 27 && !clients.isEmpty()) {
      leave(anyone());
    } else if (choice < 32 && !clients.isEmpty()) {
      anyone().writable(random.nextBoolean());
    } else if (choice < 34) {
      tellHead();
    } else if (choice < 36) {
      rareEvent();
    } else {
      oneUnderWay();
    }
  }

  private void rareEvent() {
    switch (weather) {
      case FORGETFUL -> firstKept += random.nextInt((int) (head - firstKept) + 2);
      case BURSTS -> commitAndSend(random.nextInt(600));
      default -> oneUnderWay();
    }
  }

  private void commitAndSend(int count) {
    for (int i = 0; i < count; i++) {
      commit(1);
      long offset = head;
      int copies = random.nextInt(10) < 3 ? 0 : random.nextInt(10) < 2 ? 2 : 1;
      for (int copy = 0; copy < copies; copy++) {
        underWay.add(() -> push(offset));
      }
    }
  }

  private void tellHead() {
    long told = head + (weather == Weather.LYING ? random.nextInt(4) : 0);
    underWay.add(() -> line.head(told));
  }

  private Client anyone() {
    return clients.get(random.nextInt(clients.size()));
  }

  /** The first thing that is under way happens. */
  void next() {
    underWay.remove(0).run();
  }

  private void oneUnderWay() {
    if (!underWay.isEmpty()) {
      underWay.remove(random == null ? 0 : random.nextInt(underWay.size())).run();
    }
  }

  /** Nothing fails any more, everybody reads, the sweep comes; until nothing is under way. */
  void settle() {
    calm = true;
    if (random != null) {
      clients.forEach(client -> client.writable(true));
      run();
      line.head(head);
    }
    run();
  }

  private void run() {
    for (int i = 0; !underWay.isEmpty(); i++) {
      assertThat(i).as("steps to settle").isLessThan(MOST_STEPS_TO_SETTLE);
      oneUnderWay();
    }
  }

  /** What is committed now reaches everybody at once, by the push alone. */
  void requireEveryoneLive() {
    int readsBefore = reads;
    commitAndPush();
    for (Client client : clients) {
      assertThat(client.has).as("the last offset of " + client.session).isEqualTo(head);
    }
    assertThat(reads).isEqualTo(readsBefore);
  }

  void requireAllReleased() {
    assertThat(frames).allMatch(frame -> frame.refCnt() == 0);
  }

  // The host

  @Override
  public void later(long millis, Runnable task) {
    underWay.add(task);
  }

  @Override
  public Future<LogPage> read(String topic, long after) {
    reads++;
    Promise<LogPage> page = Promise.promise();
    underWay.add(() -> serve(after, page));
    return page.future();
  }

  private void serve(long after, Promise<LogPage> page) {
    if (!calm && random.nextInt(10) == 0) {
      underWay.add(() -> page.fail("the log can't be read now"));
      return;
    }
    List<Delivery> entries =
        LongStream.rangeClosed(Math.max(after + 1, firstKept), head)
            .limit(pageEntries)
            .mapToObj(offset -> delivery(offset, 0))
            .toList();
    LogPage answer = new LogPage(entries, head);
    for (int i = 0; i < commitsDuringReads; i++) {
      commitAndPush();
    }
    underWay.add(() -> page.complete(answer));
  }

  @Override
  public TextFrame textFrame(byte[] payload) {
    return new TextFrame(payload, null);
  }

  @Override
  public void confirmCursor(String session) {
    // cursors are no part of this world's rules
  }

  @Override
  public void cursorDue(Follower follower) {
    cursorsDue.add(follower);
  }

  /** What the loop does several times a second. */
  void tellCursors() {
    cursorsDue.removeIf(Follower::tellCursor);
  }

  @Override
  public void moveCursor(String session, long offset) {
    cursors.merge(session, offset, Math::max);
  }

  private static Delivery delivery(long offset, int kind) {
    return new Delivery(
        TOPIC, offset, ByteBuffer.allocate(12).putLong(offset).putInt(kind).array());
  }
}
