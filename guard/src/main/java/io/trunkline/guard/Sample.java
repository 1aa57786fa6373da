package io.trunkline.guard;

import java.nio.charset.StandardCharsets;

/** Frames of the length that chat messages have. */
public final class Sample {
  private Sample() {}

  /** A client's, 116 bytes. */
  public static byte[] privateMessage() {
    return bytes(
        "{\"type\":\"private_message\",\"id\":\"c3-17\",\"receiver\":\"bob\","
            + "\"message\":{\"text\":\"Shall we meet at six, or is it too late?\"}}");
  }

  /** A client's, for an ephemeral channel. */
  public static byte[] publish() {
    return bytes(
        "{\"type\":\"publish\",\"id\":\"c3-18\",\"channel\":\"live.scores\","
            + "\"message\":{\"home\":2,\"away\":1,\"minute\":71,\"by\":\"Quinn\"}}");
  }

  /** What a reader gets, 128 bytes and a few. */
  public static byte[] delivered() {
    return bytes(
        "{\"type\":\"channel_message\",\"channel\":\"live.scores\",\"sender\":\"alice\","
            + "\"message\":{\"home\":2,\"away\":1},\"time\":\"2026-11-21T20:00:00.000Z\"}");
  }

  public static byte[] ack() {
    return bytes(
        "{\"type\":\"ack\",\"id\":\"c3-17\",\"offset\":1742,\"time\":\"2026-11-21T20:00:00.000Z\"}");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
