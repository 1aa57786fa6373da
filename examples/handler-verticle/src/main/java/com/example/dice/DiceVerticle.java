package com.example.dice;

import io.trunkline.handler.RunningHandler;
import io.trunkline.handler.TypeHandler;
import io.trunkline.handler.TypeRequest;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.security.SecureRandom;

/**
 * {@code dice}: a throw that nobody can argue with.
 *
 * <pre>
 * -> {"type":"dice","id":"c-1","sides":6}
 * <- {"type":"dice","id":"c-1","thrown":4,"for":"alice","by":"dice-1"}
 * </pre>
 */
public final class DiceVerticle extends VerticleBase {
  private static final JsonObject SCHEMA =
      new JsonObject(
          """
          {
            "type": "object",
            "required": ["sides"],
            "properties": {"sides": {"type": "integer", "minimum": 2, "maximum": 100}}
          }
          """);

  private final SecureRandom random = new SecureRandom();
  private final String name;
  private RunningHandler running;

  public DiceVerticle(String name) {
    this.name = name;
  }

  @Override
  public Future<?> start() {
    return new TypeHandler("dice")
        .schema(SCHEMA)
        .maxBytes(256)
        .ratePerSecond(20)
        .start(vertx, this::throwDice)
        .onSuccess(started -> running = started);
  }

  @Override
  public Future<?> stop() {
    return running.stop();
  }

  private Future<JsonObject> throwDice(TypeRequest request) {
    int sides = request.frame().getInteger("sides");
    return Future.succeededFuture(
        new JsonObject()
            .put("thrown", 1 + random.nextInt(sides))
            .put("for", request.user())
            .put("by", name));
  }
}
