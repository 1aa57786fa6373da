package io.trunkline.node;

/** An expected reason why a process cannot start. Its message is one line for the operator. */
public final class StartFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StartFailed(String line) {
    this(line, null);
  }

  public StartFailed(String line, Throwable cause) {
    super(line.strip().replaceAll("\\s*[\\r\\n]+\\s*", " "), cause, false, false);
  }
}
