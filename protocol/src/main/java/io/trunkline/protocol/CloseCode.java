package io.trunkline.protocol;

/**
 * Why a connection ends. 4000-4099: do not reconnect as you are; 4100-4199: reconnect with
 * back-off; 4200-4299: reconnect now. The others are those of RFC 6455, section 7.4.1.
 */
public enum CloseCode {
  NORMAL(1000, ""),
  GOING_AWAY(1001, "server goes away"),
  PROTOCOL_ERROR(1002, "protocol error"),
  UNSUPPORTED_DATA(1003, "text frames only"),
  INVALID_UTF8(1007, "invalid UTF-8"),
  TOO_BIG(1009, "message over the limit"),
  INTERNAL_ERROR(1011, "internal error"),
  SESSION_ENDED(4001, "session ended"),
  NOT_AUTHENTICATED(4002, "not authenticated in time"),
  NOT_ALLOWED(4003, "not allowed"),
  TOO_MANY_CONNECTIONS(4004, "too many connections of this user"),
  OVERLOADED(4100, "overloaded"),
  DRAINING(4101, "draining"),
  RATE_EXCEEDED(4102, "request rate far over the limit"),
  MOVED(4200, "moved for balance"),
  NO_PONG(4201, "no pong"),
  SLOW_READER(4202, "too slow a reader");

  private final int code;
  private final String reason;

  CloseCode(int code, String reason) {
    this.code = code;
    this.reason = reason;
  }

  public int code() {
    return code;
  }

  /** The default reason; at most 123 bytes of UTF-8 (RFC 6455, section 5.5). */
  public String reason() {
    return reason;
  }
}
