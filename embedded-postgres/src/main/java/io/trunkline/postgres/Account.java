package io.trunkline.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * As whom Postgres runs. It refuses root, so root has to become somebody else first.
 *
 * @param prefix what goes before each command
 * @param uid who must own the files, or -1: whoever we are
 */
record Account(List<String> prefix, int uid) {
  /** Nobody, on every Linux. */
  private static final int NOBODY = 65534;

  private static final Account OURSELVES = new Account(List.of(), -1);

  /** Root that a new user namespace calls nobody: needs no chown, but containers may forbid it. */
  static final Account NAMESPACE = new Account(List.of("unshare", "--user"), -1);

  /** Nobody in earnest: works where root may change its user, as in most containers. */
  static final Account UNPRIVILEGED =
      new Account(
          List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"), NOBODY);

  static List<Account> candidates() {
    boolean root = "root".equals(System.getProperty("user.name"));
    return root ? List.of(NAMESPACE, UNPRIVILEGED) : List.of(OURSELVES);
  }

  /** Whether this account can run {@code program}, and has a name, which initdb insists on. */
  boolean canRun(Path program) {
    String both = "\"$0\" --version && id -un";
    try {
      Process process =
          new ProcessBuilder(command(List.of("sh", "-c", both, program.toString())))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  List<String> command(List<String> command) {
    List<String> all = new ArrayList<>(prefix);
    all.addAll(command);
    return all;
  }

  void own(Path directory) throws IOException {
    if (uid >= 0) {
      Files.setAttribute(directory, "unix:uid", uid);
    }
  }
}
