package io.trunkline.cli.load;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/**
 * One connection of a scenario: waits until it may begin, then counts what comes. Which frame is
 * what is seen by its first letters, as a gateway writes {@code type} first. On its lane.
 */
abstract class Member implements Wire.Owner {
  /** Where the first letter of the type is, counted from the brace. */
  private static final int TYPE_AT = 9;

  final int index;
  final Lane lane;
  private final Load load;
  Wire wire;

  /** Numbers its messages from 0; sent so far. */
  int sent;

  /** Its numbers that were answered by an error; null: none were. */
  BitSet refused;

  private boolean ready;

  Member(Load load, Lane lane, int index) {
    this.load = load;
    this.lane = lane;
    this.index = index;
  }

  void connect(String path, String session) {
    connect(index, path, session);
  }

  /** To the gateway whose turn it is. */
  void connect(int turn, String path, String session) {
    wire = lane.connect(index, turn, this, path, session);
  }

  /** May send and be sent to from now on. */
  void ready() {
    if (!ready) {
      ready = true;
      load.connected(this);
    }
  }

  /** Sends the next message, or counts that it could not. */
  void send(Template template, long due) {
    if (wire.send(template.with(sent, due))) {
      sent++;
      lane.counts.sent.increment();
    } else {
      lane.counts.unsent.increment();
    }
  }

  @Override
  public void opened(Wire opened) {
    // most wait for their session frame
  }

  @Override
  public void text(Wire from, ByteBuf in, int at, int length) {
    int letter = length > TYPE_AT + 2 ? in.getByte(at + TYPE_AT) : 0;
    if (letter == 'e' && in.getByte(at + TYPE_AT + 1) == 'r') {
      failed(in, at, length);
    } else {
      frame(letter, in, at, length);
    }
  }

  /** A frame whose type begins with {@code letter}. */
  abstract void frame(int letter, ByteBuf in, int at, int length);

  /** An error frame. */
  void failed(ByteBuf in, int at, int length) {
    String frame = in.toString(at, length, StandardCharsets.UTF_8);
    lane.counts.failure("error " + frame.replaceFirst("^.*\"code\":\"([a-z_]*)\".*$", "$1"));
    lane.counts.refused.increment();
    int mark = Mark.find(in, at, length);
    if (mark >= 0) {
      refused = refused == null ? new BitSet() : refused;
      refused.set(Mark.number(in, mark));
    }
    refused();
  }

  /** One of its requests was answered by an error. */
  void refused() {}

  @Override
  public void ended(Wire which, String reason) {
    if (!load.isOver()) {
      lane.counts.failure(reason);
      if (ready) {
        load.dropped(this);
      } else {
        ready = true;
        load.failed(this);
      }
    }
  }
}
