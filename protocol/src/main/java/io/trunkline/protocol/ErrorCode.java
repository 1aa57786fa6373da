package io.trunkline.protocol;

/**
 * The {@code code} of an {@code error} frame, and whether sending the same request again can help.
 */
public enum ErrorCode {
  BAD_JSON(false),
  UNKNOWN_TYPE(false),
  BAD_REQUEST(false),
  UNAUTHENTICATED(false),
  FORBIDDEN(false),
  UNKNOWN_RECEIVER(false),
  UNKNOWN_CHANNEL(false),
  RATE_LIMITED(true),
  UNAVAILABLE(true);

  private final String wireName;
  private final boolean retryable;

  ErrorCode(boolean retryable) {
    this.wireName = name().toLowerCase(java.util.Locale.ROOT);
    this.retryable = retryable;
  }

  /** As it stands in JSON, for example {@code bad_json}. */
  public String wireName() {
    return wireName;
  }

  public boolean retryable() {
    return retryable;
  }
}
