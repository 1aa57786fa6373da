package io.trunkline.handler;

import io.trunkline.protocol.BusMessage.Terms;
import io.trunkline.protocol.Shapes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Objects;
import java.util.function.Function;

/**
 * What handles one type of client frames in a JVM of its own, and on which terms. The gateways see
 * to the terms before a frame crosses the bus; a handler never gets a frame that was not held to
 * them.
 *
 * <pre>{@code
 * new TypeHandler("poll")
 *     .permission("vote")
 *     .start(vertx, request -> Future.succeededFuture(new JsonObject().put("votes", 3)));
 * }</pre>
 */
public final class TypeHandler {
  /** Every handler says its schema to every gateway every 2 s. */
  public static final int MAX_SCHEMA_BYTES = 16 * 1024;

  private final String type;
  private byte[] schema;
  private String permission;
  private int maxBytes;
  private int ratePerSecond;

  /**
   * A handler of frames of {@code type}.
   *
   * @param type lower-case letters, digits and {@code _}, beginning with a letter, at most 64
   * @throws IllegalArgumentException where it is not that, or {@code ping}, which gateways answer
   */
  public TypeHandler(String type) {
    if (!Shapes.isType(type) || type.equals("ping")) {
      throw new IllegalArgumentException(
          "type: expected lower-case letters, digits and _, at most 64, not ping; got " + type);
    }
    this.type = type;
  }

  /**
   * The JSON Schema (2020-12) that each frame must meet, all of its fields, {@code type} and {@code
   * id} too. A schema that is none is refused by the gateways, whose logs say why; frames are then
   * answered with {@code unavailable}.
   *
   * @throws IllegalArgumentException where it is longer than {@link #MAX_SCHEMA_BYTES} as JSON
   */
  public TypeHandler schema(JsonObject jsonSchema) {
    byte[] bytes = jsonSchema.toBuffer().getBytes();
    if (bytes.length > MAX_SCHEMA_BYTES) {
      throw new IllegalArgumentException(
          "schema: expected at most " + MAX_SCHEMA_BYTES + " bytes, got " + bytes.length);
    }
    schema = bytes;
    return this;
  }

  /** The permission that a session must have; others get {@code forbidden}. */
  public TypeHandler permission(String name) {
    permission = Objects.requireNonNull(name, "permission");
    return this;
  }

  /** The longest frame, in bytes; beside the gateway's own limit. */
  public TypeHandler maxBytes(int bytes) {
    maxBytes = positive("maxBytes", bytes);
    return this;
  }

  /** Frames a second of one connection, and as many at once; beside the gateway's own limit. */
  public TypeHandler ratePerSecond(int frames) {
    ratePerSecond = positive("ratePerSecond", frames);
    return this;
  }

  /**
   * Begins to take frames. They come on the Vert.x context that calls, and {@code work} must not
   * block it. Its answer becomes the client's: the request's {@code id} is put in, and {@code type}
   * where it has none; null means no answer. A failure with a {@link io.trunkline.protocol.Refusal}
   * becomes that error; any other is logged, and the client gets {@code unavailable}.
   *
   * @param vertx a clustered one, in the cluster of the gateways
   * @return done when every node can send frames here, which takes a session service that answers;
   *     fails where the session service handles this type itself
   */
  public Future<RunningHandler> start(Vertx vertx, Function<TypeRequest, Future<JsonObject>> work) {
    Terms terms = new Terms(schema, permission, maxBytes, ratePerSecond);
    return new RunningHandler(vertx, type, terms, work).start();
  }

  private static int positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": expected 1 or more, got " + value);
    }
    return value;
  }
}
