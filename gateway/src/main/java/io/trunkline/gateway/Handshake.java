package io.trunkline.gateway;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Refusal;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * What an upgrade request says, read strictly (RFC 6455, section 4.2.1): whether it is one, who it
 * claims to be, and what to answer.
 */
final class Handshake {
  static final String SUBPROTOCOL = "trunkline.v1";
  private static final String SESSION_SUBPROTOCOL = "session.";
  private static final String BEARER = "bearer ";

  /** RFC 6455, section 1.3. */
  private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private static final int KEY_BYTES = 16;

  /** Of a key in base64, with its padding, which Java's decoder would not insist on. */
  private static final int KEY_LENGTH = 24;

  private final HttpServerRequest request;
  private final String sessionCookie;

  /** What {@link #check} found that could be agreed on; null for none. */
  private Compression compression;

  /**
   * Reads a request.
   *
   * @param sessionCookie the name of the cookie with a session id
   */
  Handshake(HttpServerRequest request, String sessionCookie) {
    this.request = request;
    this.sessionCookie = sessionCookie;
  }

  /** Null where this is a proper handshake for version 13. */
  UpgradeRefusal check() {
    MultiMap headers = request.headers();
    if (!HttpMethod.GET.equals(request.method())
        || request.version() != HttpVersion.HTTP_1_1
        || !hasToken(headers, HttpHeaders.UPGRADE, "websocket")
        || !hasToken(headers, HttpHeaders.CONNECTION, "upgrade")) {
      return UpgradeRefusal.badRequest("expected a WebSocket handshake (RFC 6455)");
    }
    List<String> versions = headers.getAll("Sec-WebSocket-Version");
    if (versions.size() != 1 || !versions.get(0).trim().equals("13")) {
      return new UpgradeRefusal(426, "upgrade_required", "expected Sec-WebSocket-Version: 13");
    }
    List<String> keys = headers.getAll("Sec-WebSocket-Key");
    if (keys.size() != 1 || !isKey(keys.get(0).trim())) {
      return UpgradeRefusal.badRequest("Sec-WebSocket-Key: expected 16 bytes in base64, once");
    }
    if (headers.getAll(HttpHeaders.HOST).size() != 1) {
      return UpgradeRefusal.badRequest("Host: expected once");
    }
    if (hasBody(headers)) {
      return UpgradeRefusal.badRequest("expected a handshake without a body");
    }
    try {
      compression = Compression.negotiate(headers.getAll("Sec-WebSocket-Extensions"));
    } catch (Refusal malformed) {
      return UpgradeRefusal.badRequest(malformed.getMessage());
    }
    return null;
  }

  String origin() {
    return request.getHeader(HttpHeaders.ORIGIN);
  }

  String host() {
    return request.getHeader(HttpHeaders.HOST);
  }

  /**
   * The session id that the handshake carries, the first found wins; null where it carries none.
   */
  String sessionId() {
    String bearer = request.getHeader(HttpHeaders.AUTHORIZATION);
    if (bearer != null && bearer.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      String id = bearer.substring(BEARER.length()).trim();
      if (!id.isEmpty()) {
        return id;
      }
    }
    String cookie = cookie();
    return cookie != null ? cookie : subprotocolSession();
  }

  /** Whether {@value #SUBPROTOCOL} was offered, and so is to be selected. */
  boolean offersSubprotocol() {
    return subprotocols().contains(SUBPROTOCOL);
  }

  /**
   * The {@code since} of the query, or null.
   *
   * @throws Refusal where it is no offset
   */
  Long since() {
    try {
      String since = request.getParam("since");
      if (since == null) {
        return null;
      }
      long offset = Long.parseLong(since);
      if (offset >= 0) {
        return offset;
      }
    } catch (IllegalArgumentException e) { // no number, or a query with a broken escape
      // said below, with what was expected
    }
    throw Refusal.badRequest("since: expected an offset, 0 or more");
  }

  /** The client's first offer of compression that can be accepted, or null. */
  Compression compression() {
    return compression;
  }

  /** Sec-WebSocket-Accept for this request; RFC 6455, section 4.2.2. */
  String accept() {
    String key = request.getHeader("Sec-WebSocket-Key").trim();
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1")
              .digest((key + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }

  private String cookie() {
    for (String header : request.headers().getAll(HttpHeaders.COOKIE)) {
      for (Cookie cookie : ServerCookieDecoder.LAX.decode(header)) {
        if (cookie.name().equals(sessionCookie) && !cookie.value().isBlank()) {
          return cookie.value();
        }
      }
    }
    return null;
  }

  private String subprotocolSession() {
    for (String protocol : subprotocols()) {
      if (protocol.startsWith(SESSION_SUBPROTOCOL)
          && protocol.length() > SESSION_SUBPROTOCOL.length()) {
        return protocol.substring(SESSION_SUBPROTOCOL.length());
      }
    }
    return null;
  }

  private List<String> subprotocols() {
    List<String> offered = new ArrayList<>();
    for (String header : request.headers().getAll("Sec-WebSocket-Protocol")) {
      for (String protocol : header.split(",", -1)) {
        offered.add(protocol.trim());
      }
    }
    return offered;
  }

  /** It would be read as frames. */
  private static boolean hasBody(MultiMap headers) {
    String length = headers.get(HttpHeaders.CONTENT_LENGTH);
    return headers.contains(HttpHeaders.TRANSFER_ENCODING)
        || (length != null && !length.trim().equals("0"));
  }

  private static boolean hasToken(MultiMap headers, CharSequence name, String token) {
    for (String header : headers.getAll(name)) {
      for (String part : header.split(",", -1)) {
        if (part.trim().equalsIgnoreCase(token)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isKey(String key) {
    try {
      return key.length() == KEY_LENGTH && Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** An HTTP answer instead of an upgrade; {@code code} as in the body's JSON. */
  record UpgradeRefusal(int status, String code, String message) {
    /**
     * Seconds after which a refused client may come again; a drain or an outage is seldom shorter.
     */
    private static final String RETRY_AFTER_SECONDS = "5";

    static UpgradeRefusal badRequest(String message) {
      return new UpgradeRefusal(400, ErrorCode.BAD_REQUEST.wireName(), message);
    }

    static UpgradeRefusal unavailable(String message) {
      return new UpgradeRefusal(503, ErrorCode.UNAVAILABLE.wireName(), message);
    }

    /** To what is no HTTP, or too long for us; nothing else is read from its connection. */
    static void answerInvalid(HttpServerRequest request) {
      Throwable cause = request.decoderResult().cause();
      UpgradeRefusal refusal = badRequest("expected HTTP/1.1");
      if (cause instanceof TooLongHttpLineException) {
        refusal = tooLong(414, "the request line", HttpOptions.MAX_LINE_BYTES);
      } else if (cause instanceof TooLongHttpHeaderException) {
        refusal = tooLong(431, "the headers", HttpOptions.MAX_HEADER_BYTES);
      }
      refusal.answer(request, true);
    }

    private static UpgradeRefusal tooLong(int status, String what, int most) {
      String message = what + ": expected at most " + most + " bytes";
      return new UpgradeRefusal(status, ErrorCode.BAD_REQUEST.wireName(), message);
    }

    /** {@code last}: nothing else is read from the request's connection. */
    void answer(HttpServerRequest request, boolean last) {
      if (last) {
        request.response().putHeader(HttpHeaders.CONNECTION, "close");
      }
      answer(request);
      if (last) {
        request.connection().close();
      }
    }

    void answer(HttpServerRequest request) {
      var response = request.response().setStatusCode(status);
      if (status == 426) {
        response
            .putHeader("Sec-WebSocket-Version", "13")
            .putHeader(HttpHeaders.UPGRADE, "websocket");
        response.putHeader(HttpHeaders.CONNECTION, "Upgrade");
      } else if (status == 503 || status == 429) {
        response.putHeader("Retry-After", RETRY_AFTER_SECONDS);
      }
      Answers.json(response, code, message, status == 503 || status == 429);
    }
  }
}
