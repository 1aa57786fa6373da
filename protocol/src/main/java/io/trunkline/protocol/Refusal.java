package io.trunkline.protocol;

import java.util.Objects;

/**
 * A request that is not carried out, as the client will read it. A value that travels as a future's
 * failure: it has no stack trace and is never logged as an error.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public Refusal(ErrorCode code, String message) {
    super(Objects.requireNonNull(message), null, false, false);
    this.code = Objects.requireNonNull(code);
  }

  public static Refusal badRequest(String message) {
    return new Refusal(ErrorCode.BAD_REQUEST, message);
  }

  public static Refusal forbidden(String message) {
    return new Refusal(ErrorCode.FORBIDDEN, message);
  }

  /** Nothing was stored, or it cannot be known; the same {@code id} may be sent again. */
  public static Refusal unavailable(String message) {
    return new Refusal(ErrorCode.UNAVAILABLE, message);
  }

  public ErrorCode code() {
    return code;
  }
}
