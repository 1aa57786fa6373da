package io.trunkline.gateway;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.OutputUnit;
import io.vertx.json.schema.SchemaRepository;
import io.vertx.json.schema.Validator;

/**
 * Whether something is a JSON Schema by which frames can be checked: it meets the schema of schemas
 * (2020-12), it refers to nothing outside of itself, and a frame cannot make it slow. Keeps the
 * event loops out of it.
 */
final class SchemaCheck {
  static final JsonSchemaOptions OPTIONS =
      new JsonSchemaOptions()
          .setBaseUri("https://trunkline.invalid/")
          .setDraft(Draft.DRAFT202012)
          .setOutputFormat(OutputFormat.Basic);

  private static final String SCHEMA_OF_SCHEMAS = Draft.DRAFT202012.getIdentifier();

  private final Vertx vertx;

  SchemaCheck(Vertx vertx) {
    this.vertx = vertx;
  }

  /**
   * Fails with {@link IllegalArgumentException}, saying why, where it is none.
   *
   * @param schema as JSON; null is always good
   */
  Future<Void> usable(byte[] schema) {
    return schema == null
        ? Future.succeededFuture()
        : vertx.executeBlocking(
            () -> {
              check(schema);
              return null;
            });
  }

  static Validator validator(byte[] schema) {
    return Validator.create(JsonSchema.of(new JsonObject(Buffer.buffer(schema))), OPTIONS);
  }

  private void check(byte[] schema) {
    try {
      JsonObject json = new JsonObject(Buffer.buffer(schema));
      refuseSlow(json);
      OutputUnit result =
          SchemaRepository.create(OPTIONS)
              .preloadMetaSchema(vertx.fileSystem())
              .validator(SCHEMA_OF_SCHEMAS)
              .validate(json.copy());
      if (!result.getValid()) {
        throw new IllegalArgumentException("schema: " + FrameCheck.reason(result));
      }
      validator(schema).validate(new JsonObject());
    } catch (DecodeException e) {
      throw new IllegalArgumentException("schema: expected a JSON object", e);
    } catch (IllegalArgumentException e) {
      throw e;
    } catch (RuntimeException e) {
      String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new IllegalArgumentException("schema: " + message, e);
    }
  }

  /** Compares each item with each other: seconds for an array that fits a frame. */
  private static void refuseSlow(Object json) {
    if (json instanceof JsonObject object) {
      if (Boolean.TRUE.equals(object.getValue("uniqueItems"))) {
        throw new IllegalArgumentException("schema: uniqueItems is not supported");
      }
      object.forEach(field -> refuseSlow(field.getValue()));
    } else if (json instanceof JsonArray array) {
      array.forEach(SchemaCheck::refuseSlow);
    }
  }
}
