package io.trunkline.gateway;

import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.BusMessage.Terms;
import io.trunkline.protocol.ErrorCode;
import io.trunkline.protocol.Refusal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.Validator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds frames to the terms on which their handlers take them, before the bus. Types that nobody
 * has announced cost it one look-up. Compiles a schema when its first frame comes. Confined to its
 * event loop, as validators are.
 */
final class FrameCheck {
  private static final Logger log = LoggerFactory.getLogger(FrameCheck.class);

  /** A validator's messages may quote a schema. */
  private static final int MOST_REASON_CHARS = 200;

  private final HandledTypes types;

  /** By digest of the terms; starts afresh when it has grown too large. */
  private final Map<String, Validator> validators = new HashMap<>();

  FrameCheck(HandledTypes types) {
    this.types = types;
  }

  boolean isAnnounced(String type) {
    return types.terms(type) != null;
  }

  boolean wasAnnounced(String type) {
    return types.wasAnnounced(type);
  }

  /** Frames a second that one connection may send; 0: no limit but the gateway's. */
  int ratePerSecond(String type) {
    List<HandledTypes.Held> all = types.terms(type);
    return all == null
        ? 0
        : all.stream()
            .mapToInt(held -> held.terms().ratePerSecond())
            .filter(rate -> rate > 0)
            .min()
            .orElse(0);
  }

  /**
   * The digests of the terms that the frame meets, which are all of them; null where nobody has
   * announced the type.
   *
   * @throws Refusal {@code forbidden} or {@code bad_request}, naming what is not right
   */
  String met(String type, Caller caller, byte[] frame) {
    List<HandledTypes.Held> all = types.terms(type);
    if (all == null) {
      return null;
    }
    StringBuilder met = new StringBuilder();
    for (HandledTypes.Held held : all) {
      check(held, caller, frame);
      met.append(met.isEmpty() ? "" : " ").append(held.digest());
    }
    return met.toString();
  }

  private void check(HandledTypes.Held held, Caller caller, byte[] frame) {
    Terms terms = held.terms();
    if (caller == null) {
      throw new Refusal(ErrorCode.UNAUTHENTICATED, "a session is needed first");
    }
    if (terms.permission() != null && !caller.permissions().contains(terms.permission())) {
      throw Refusal.forbidden("the permission " + terms.permission() + " is needed");
    }
    if (terms.maxBytes() > 0 && frame.length > terms.maxBytes()) {
      throw Refusal.badRequest(
          "frame: expected at most " + terms.maxBytes() + " bytes, got " + frame.length);
    }
    if (terms.schema() != null) {
      checkSchema(held, frame);
    }
  }

  private void checkSchema(HandledTypes.Held held, byte[] frame) {
    OutputUnit result;
    try {
      result = validator(held).validate(new JsonObject(Buffer.buffer(frame)));
    } catch (RuntimeException | StackOverflowError e) { // a schema may refer to itself for ever
      log.error("schema_failed terms={} reason={}", held.digest(), e.toString());
      throw Refusal.unavailable("the frame cannot be checked");
    }
    if (!result.getValid()) {
      throw Refusal.badRequest(reason(result));
    }
  }

  private Validator validator(HandledTypes.Held held) {
    if (validators.size() > HandledTypes.MOST_TYPES) {
      validators.clear();
    }
    return validators.computeIfAbsent(
        held.digest(), digest -> SchemaCheck.validator(held.terms().schema()));
  }

  /** The field that is not right, and why: the last error is the innermost of the first branch. */
  static String reason(OutputUnit result) {
    List<OutputUnit> errors = result.getErrors();
    if (errors == null || errors.isEmpty()) {
      return "frame: not as the schema says";
    }
    OutputUnit error = innermost(errors);
    String text = field(error.getInstanceLocation()) + ": " + error.getError();
    return text.length() <= MOST_REASON_CHARS ? text : text.substring(0, MOST_REASON_CHARS);
  }

  /** Outer errors say only that something inside is wrong; the longest place is the exact one. */
  private static OutputUnit innermost(List<OutputUnit> errors) {
    OutputUnit innermost = errors.get(0);
    for (OutputUnit error : errors) {
      if (error.getKeywordLocation().length() > innermost.getKeywordLocation().length()) {
        innermost = error;
      }
    }
    return innermost;
  }

  /** {@code #/options/0/text} as {@code options.0.text}. */
  private static String field(String location) {
    String path = location.startsWith("#/") ? location.substring(2) : "";
    return path.isEmpty() ? "frame" : path.replace('/', '.').replace("~1", "/").replace("~0", "~");
  }
}
