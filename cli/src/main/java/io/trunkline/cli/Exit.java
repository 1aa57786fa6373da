package io.trunkline.cli;

/** How a command ends; the numbers from 64 on are those of sysexits.h. */
public final class Exit {
  /** Done. */
  public static final int OK = 0;

  /** The server refused; what it said is on standard error. */
  public static final int REFUSED = 1;

  /** The command line is not one; picocli's own. */
  public static final int USAGE = 2;

  /** {@code bench}: a message was lost, repeated or out of order where that must not be. */
  public static final int CHECK_FAILED = 3;

  /** No gateway could be reached, or none could serve within the time (EX_UNAVAILABLE). */
  public static final int UNAVAILABLE = 69;

  /** Something unforeseen (EX_SOFTWARE). */
  public static final int BROKEN = 70;

  /** The API key or the session is not valid, or may not do this (EX_NOPERM). */
  public static final int NOT_ALLOWED = 77;

  /** Something is not set, or cannot be read (EX_CONFIG). */
  public static final int BAD_SETTING = 78;

  private Exit() {}
}
