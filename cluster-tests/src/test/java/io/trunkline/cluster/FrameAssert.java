package io.trunkline.cluster;

import io.vertx.core.json.JsonObject;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;

/** What a frame must hold; a failure shows the whole frame. */
final class FrameAssert extends AbstractAssert<FrameAssert, JsonObject> {
  private FrameAssert(JsonObject frame) {
    super(frame, FrameAssert.class);
  }

  static FrameAssert assertFrame(JsonObject frame) {
    return new FrameAssert(frame);
  }

  FrameAssert is(String type) {
    return has("type", type);
  }

  FrameAssert isError(String code, boolean retryable) {
    return is("error").has("code", code).has("retryable", retryable);
  }

  FrameAssert has(String field, Object value) {
    isNotNull();
    if (!Objects.equals(plain(actual.getValue(field)), plain(value))) {
      failWithMessage("expected %s to be %s in %s", field, value, actual.encode());
    }
    return this;
  }

  FrameAssert hasText(String field) {
    isNotNull();
    if (!(actual.getValue(field) instanceof String text) || text.isEmpty()) {
      failWithMessage("expected a text as %s in %s", field, actual.encode());
    }
    return this;
  }

  FrameAssert hasNo(String field) {
    isNotNull();
    if (actual.containsKey(field)) {
      failWithMessage("expected no %s in %s", field, actual.encode());
    }
    return this;
  }

  /** Whole numbers come as int or long, whichever fits. */
  private static Object plain(Object value) {
    return value instanceof Number number ? number.longValue() : value;
  }
}
