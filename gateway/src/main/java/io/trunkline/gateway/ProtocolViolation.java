package io.trunkline.gateway;

import io.trunkline.protocol.CloseCode;

/**
 * The client broke RFC 6455 or a limit; the connection ends with this code. No stack trace: it is
 * the client's fault.
 */
final class ProtocolViolation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final CloseCode code;

  ProtocolViolation(CloseCode code, String reason) {
    super(reason, null, false, false);
    this.code = code;
  }

  CloseCode code() {
    return code;
  }
}
