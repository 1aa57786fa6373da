package io.trunkline.gateway;

import io.trunkline.protocol.Refusal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a connection has agreed on for {@code permessage-deflate} (RFC 7692, section 7).
 *
 * <p>Neither side takes its context over from one message to the next, whatever was offered: both
 * may be told so in any answer (sections 7.1.1.1 and 7.1.1.2). So a compressing connection holds no
 * zlib state between messages, which would be some 300 KB, and a message for many connections is
 * compressed once.
 *
 * @param serverWindowBits how far back our own compression may point: 8 to 15
 * @param clientWindowBits the client's, where it wants to be told; else 0
 */
record Compression(int serverWindowBits, int clientWindowBits) {
  static final String EXTENSION = "permessage-deflate";
  static final int MIN_WINDOW_BITS = 8;
  static final int MAX_WINDOW_BITS = 15;

  private static final String SERVER_NO_CONTEXT_TAKEOVER = "server_no_context_takeover";
  private static final String CLIENT_NO_CONTEXT_TAKEOVER = "client_no_context_takeover";
  private static final String SERVER_MAX_WINDOW_BITS = "server_max_window_bits";
  private static final String CLIENT_MAX_WINDOW_BITS = "client_max_window_bits";

  /**
   * The first offer that can be accepted, or null.
   *
   * @param headers the values of {@code Sec-WebSocket-Extensions}
   * @throws Refusal where they do not have the form of RFC 6455, section 9.1
   */
  static Compression negotiate(List<String> headers) {
    Compression accepted = null;
    for (String header : headers) {
      for (Offer offer : new OfferParser(header).offers()) {
        if (accepted == null && offer.name().equals(EXTENSION)) {
          accepted = accept(offer);
        }
      }
    }
    return accepted;
  }

  /** The value of {@code Sec-WebSocket-Extensions} in our answer. */
  String answer() {
    StringBuilder answer =
        new StringBuilder(EXTENSION)
            .append("; " + SERVER_NO_CONTEXT_TAKEOVER)
            .append("; " + CLIENT_NO_CONTEXT_TAKEOVER);
    if (serverWindowBits < MAX_WINDOW_BITS) {
      answer.append("; " + SERVER_MAX_WINDOW_BITS + "=").append(serverWindowBits);
    }
    if (clientWindowBits != 0) {
      answer.append("; " + CLIENT_MAX_WINDOW_BITS + "=").append(clientWindowBits);
    }
    return answer.toString();
  }

  /** Null for what must be declined: RFC 7692, section 7.1. */
  private static Compression accept(Offer offer) {
    int server = MAX_WINDOW_BITS;
    int client = 0;
    Map<String, String> seen = new HashMap<>();
    for (Parameter parameter : offer.parameters()) {
      String value = parameter.value();
      if (seen.put(parameter.name(), "") != null) {
        return null;
      }
      switch (parameter.name()) {
        case SERVER_NO_CONTEXT_TAKEOVER, CLIENT_NO_CONTEXT_TAKEOVER -> {
          if (value != null) {
            return null;
          }
        }
        case SERVER_MAX_WINDOW_BITS -> {
          server = windowBits(value);
          if (server == 0) {
            return null;
          }
        }
        case CLIENT_MAX_WINDOW_BITS -> {
          client = value == null ? 0 : windowBits(value);
          if (value != null && client == 0) {
            return null;
          }
        }
        default -> {
          return null;
        }
      }
    }
    return new Compression(server, client);
  }

  /** 0 for what is no window: a decimal number from 8 to 15 without leading zeros. */
  private static int windowBits(String value) {
    if (value == null || !value.matches("[89]|1[0-5]")) {
      return 0;
    }
    return Integer.parseInt(value);
  }

  /** One extension that a client offers. */
  private record Offer(String name, List<Parameter> parameters) {}

  /** Of an offer; {@code value} is null where there is none. */
  private record Parameter(String name, String value) {}

  /** The grammar of RFC 6455, section 9.1, with its optional white space and quoted values. */
  private static final class OfferParser {
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private final String text;
    private int position;

    OfferParser(String text) {
      this.text = text;
    }

    List<Offer> offers() {
      List<Offer> offers = new ArrayList<>(1);
      do {
        skipSpace();
        if (!at(',') && position < text.length()) { // a list may have empty elements
          offers.add(offer());
        }
      } while (take(','));
      if (position < text.length()) {
        throw malformed();
      }
      return offers;
    }

    private Offer offer() {
      String name = token();
      List<Parameter> parameters = new ArrayList<>(4);
      while (take(';')) {
        skipSpace();
        String parameter = token();
        parameters.add(new Parameter(parameter, take('=') ? value() : null));
      }
      return new Offer(name, parameters);
    }

    private String value() {
      skipSpace();
      if (!at('"')) {
        return token();
      }
      position++;
      String value = token(); // quoted or not, what is in it must be a token
      if (position == text.length() || text.charAt(position) != '"') {
        throw malformed();
      }
      position++;
      skipSpace();
      return value;
    }

    private String token() {
      int start = position;
      while (position < text.length() && isTokenCharacter(text.charAt(position))) {
        position++;
      }
      if (start == position) {
        throw malformed();
      }
      String token = text.substring(start, position);
      skipSpace();
      return token;
    }

    private boolean take(char wanted) {
      boolean there = at(wanted);
      if (there) {
        position++;
      }
      return there;
    }

    private boolean at(char wanted) {
      return position < text.length() && text.charAt(position) == wanted;
    }

    private void skipSpace() {
      while (at(' ') || at('\t')) {
        position++;
      }
    }

    private static boolean isTokenCharacter(char c) {
      return (c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || TOKEN_MARKS.indexOf(c) >= 0;
    }

    private static Refusal malformed() {
      return Refusal.badRequest(
          "Sec-WebSocket-Extensions: expected a list of extensions (RFC 6455, section 9.1)");
    }
  }
}
