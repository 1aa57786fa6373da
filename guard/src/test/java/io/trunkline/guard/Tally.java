package io.trunkline.guard;

/** The bytecode instructions that have been executed, see {@link InstructionCounter}. */
public final class Tally {
  /** These are moved by one thread. */
  private static long ours;

  private static long libraries;

  private Tally() {}

  /** Called by every class of ours that counts. */
  public static void addOurs(int executed) {
    ours += executed;
  }

  /** Called by every class of a library that counts. */
  public static void addLibraries(int executed) {
    libraries += executed;
  }

  public static long ours() {
    return ours;
  }

  public static long libraries() {
    return libraries;
  }
}
