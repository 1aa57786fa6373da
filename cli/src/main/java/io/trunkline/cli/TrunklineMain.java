package io.trunkline.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** {@code java -jar trunkline.jar}: one command, and its exit code. */
public final class TrunklineMain {
  private TrunklineMain() {}

  public static void main(String[] args) {
    System.exit(Trunkline.run(shell(), args));
  }

  /**
   * The process's own. UTF-8 whatever the locale: messages are, and pipes should not change them.
   */
  private static Shell shell() {
    return new Shell(
        System.getenv(),
        System.in,
        stream(FileDescriptor.out),
        stream(FileDescriptor.err),
        isTerminal());
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /** As the launcher says, which can ask the kernel; Java cannot ask it of one stream alone. */
  private static boolean isTerminal() {
    return Boolean.getBoolean("trunkline.terminal");
  }
}
