package io.trunkline.gateway;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * Who may call the server API of a gateway, and how often: several keys, so that one can take the
 * place of another while callers still use both, and a rate for each. Any thread.
 */
final class ApiAccess {
  /** What {@link #keyOf} says of a key that is none. */
  static final int NO_KEY = 0;

  /** A scheme may be written in any case: RFC 9110, section 11.1. */
  private static final String BEARER = "Bearer ";

  /** Of equal length, so that comparing says nothing of the length of a key either. */
  private final List<byte[]> digests;

  /** One for each key: a back end in a loop does not keep out who has another. */
  private final List<RateLimit> rates;

  /**
   * Reads the keys.
   *
   * @param keys in the order of the setting
   * @param rate calls a second on average, and at once, with each key
   */
  ApiAccess(List<String> keys, int rate, long now) {
    this.digests = keys.stream().map(ApiAccess::digest).toList();
    this.rates = keys.stream().map(key -> new RateLimit(rate, rate, now)).toList();
  }

  /**
   * Which key, from 1 on, an {@code Authorization} header brings, or {@link #NO_KEY}. It takes as
   * long whichever it is.
   *
   * @param header may be null
   */
  int keyOf(String header) {
    String given =
        header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())
            ? header.substring(BEARER.length()).strip()
            : "";
    byte[] digest = digest(given);
    int key = NO_KEY;
    for (int i = 0; i < digests.size(); i++) {
      if (MessageDigest.isEqual(digest, digests.get(i))) {
        key = i + 1;
      }
    }
    return key;
  }

  /** Whether a call with this key may go on that comes at {@code now}, in milliseconds. */
  synchronized boolean take(int key, long now) {
    return rates.get(key - 1).take(now);
  }

  /** Calls a second with one key. */
  int rate() {
    return rates.get(0).rate();
  }

  /** SHA-256, as sessions are known by too. */
  static byte[] digest(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
