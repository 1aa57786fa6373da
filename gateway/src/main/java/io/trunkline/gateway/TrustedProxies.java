package io.trunkline.gateway;

import io.netty.util.NetUtil;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The proxies whose word on a client's address is believed: {@code X-Forwarded-For} and the PROXY
 * protocol. Anybody else's is not looked at. Addresses are literal; no name is ever resolved.
 */
final class TrustedProxies {
  /** Some proxies add the client's port; with it, IPv6 stands in brackets. */
  private static final Pattern WITH_PORT =
      Pattern.compile("([0-9.]+):[0-9]+|\\[([0-9A-Fa-f:.]+)](?::[0-9]+)?");

  private final List<Range> ranges;

  /** Addresses whose first {@code bits} are those of {@code prefix}. */
  @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
  private record Range(byte[] prefix, int bits) {
    boolean contains(byte[] address) {
      if (address.length != prefix.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >> (bit % 8);
        if ((address[bit / 8] & mask) != (prefix[bit / 8] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * The proxies in these ranges.
   *
   * @param ranges addresses, or ranges such as {@code 10.0.0.0/8}
   * @throws IllegalArgumentException for what is neither
   */
  TrustedProxies(List<String> ranges) {
    this.ranges = ranges.stream().map(TrustedProxies::range).toList();
  }

  private static Range range(String text) {
    int slash = text.indexOf('/');
    byte[] prefix = parse(slash < 0 ? text : text.substring(0, slash));
    if (prefix == null) {
      throw new IllegalArgumentException(text);
    }
    int bits = slash < 0 ? prefix.length * 8 : Integer.parseInt(text.substring(slash + 1));
    if (bits < 0 || bits > prefix.length * 8) {
      throw new IllegalArgumentException(text);
    }
    return new Range(prefix, bits);
  }

  /** Whether {@code address}, as text, is that of a trusted proxy. */
  boolean contains(String address) {
    byte[] bytes = parse(address);
    return bytes != null && contains(bytes);
  }

  private boolean contains(byte[] address) {
    return ranges.stream().anyMatch(range -> range.contains(address));
  }

  /**
   * The client's address, as text: {@code peer}, or where that is trusted, the last in {@code
   * forwarded} that is not. What stands before it was written by somebody who is not trusted. The
   * last trusted address holds where the rest cannot be read.
   *
   * @param forwarded the values of the {@code X-Forwarded-For} headers, in order
   */
  String clientOf(String peer, List<String> forwarded) {
    byte[] client = parse(peer);
    if (client == null || !contains(client)) {
      return peer;
    }
    String known = peer;
    for (int header = forwarded.size() - 1; header >= 0; header--) {
      String[] hops = forwarded.get(header).split(",", -1);
      for (int hop = hops.length - 1; hop >= 0; hop--) {
        String text = withoutPort(hops[hop].trim());
        client = parse(text);
        if (client == null) {
          return known;
        }
        known = text;
        if (!contains(client)) {
          return known;
        }
      }
    }
    return known;
  }

  private static String withoutPort(String address) {
    Matcher matcher = WITH_PORT.matcher(address);
    if (!matcher.matches()) {
      return address;
    }
    return matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
  }

  /**
   * What an address is counted under: IPv4 itself, of IPv6 the first 64 bits. One customer has all
   * addresses behind those (RFC 6177), and could otherwise have a count of its own for each.
   */
  static String countedAs(String address) {
    byte[] bytes = parse(address);
    if (bytes == null) {
      return address;
    }
    if (bytes.length == 4) {
      return NetUtil.bytesToIpAddress(bytes);
    }
    for (int i = 8; i < bytes.length; i++) {
      bytes[i] = 0;
    }
    return NetUtil.bytesToIpAddress(bytes) + "/64";
  }

  /** Null where it is no literal address; IPv4 in IPv6 comes as IPv4. */
  private static byte[] parse(String address) {
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address);
    if (bytes == null || bytes.length == 4) {
      return bytes;
    }
    for (int i = 0; i < 12; i++) {
      if (bytes[i] != (i < 10 ? 0 : (byte) 0xff)) {
        return bytes;
      }
    }
    return new byte[] {bytes[12], bytes[13], bytes[14], bytes[15]};
  }
}
