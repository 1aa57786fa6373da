package io.trunkline.cluster;

/** Somebody in a chaos run who writes, reads and hops, on whichever client. */
interface ChaosUser {
  void start();

  /** Sends one message for which nobody waits: it is not sent again. */
  void whisper(String topic);

  String user();

  /** What it has read. */
  ChaosReader reader();

  /** Stays where it is from now on. */
  void settle();

  /** No new messages; what is outstanding is still sent until it is acked. */
  void finishSending();

  /** Whether everything that it sent has been acked. */
  boolean isIdle();

  void stop();
}
