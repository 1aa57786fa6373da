package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.ErrorCode;
import io.trunkline.session.MessageType;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** docs/asyncapi.yaml against a live gateway. */
class AsyncApiTest {
  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(1, 1);

  private static final JsonObject DOCUMENT = read();
  private static final JsonObject MESSAGES = at("components").getJsonObject("messages");

  /** What any field may be tried with. */
  private static final List<Object> VALUES =
      Arrays.asList(
          null,
          "",
          " ",
          "a",
          "7",
          "12-7",
          "a\nb",
          "\u0085",
          "x".repeat(64),
          "x".repeat(65),
          "x".repeat(128),
          "x".repeat(129),
          -1,
          0,
          1,
          1000,
          1001,
          1.5,
          Long.MAX_VALUE,
          true,
          false,
          new JsonObject(),
          new JsonArray(),
          new JsonArray().add("a"),
          new JsonArray().add(""),
          new JsonArray().add(1),
          new JsonArray(strings(100)),
          new JsonArray(strings(101)));

  private static final AtomicInteger asked = new AtomicInteger();

  private static List<String> strings(int count) {
    return Stream.generate(() -> "a").limit(count).toList();
  }

  private static JsonObject read() {
    try {
      Map<String, Object> document =
          new Yaml(new SafeConstructor(new LoaderOptions()))
              .load(Files.readString(Path.of("..", "docs", "asyncapi.yaml")));
      return new JsonObject(new JsonObject(document).encode());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static JsonObject at(String name) {
    return DOCUMENT.getJsonObject(name);
  }

  private static List<String> messagesOf(String operation) {
    return at("operations").getJsonObject(operation).getJsonArray("messages").stream()
        .map(reference -> last(((JsonObject) reference).getString("$ref")))
        .toList();
  }

  private static String last(String reference) {
    return reference.substring(reference.lastIndexOf('/') + 1);
  }

  static Stream<String> requests() {
    return messagesOf("request").stream();
  }

  private static Validator validator(String message) {
    JsonObject schema =
        MESSAGES
            .getJsonObject(message)
            .getJsonObject("payload")
            .copy()
            .put("$defs", at("components").getJsonObject("schemas"));
    // JSON Schema has its own place for schemas that others refer to.
    schema = new JsonObject(schema.encode().replace("#/components/schemas/", "#/$defs/"));
    JsonSchemaOptions options =
        new JsonSchemaOptions()
            .setBaseUri("https://trunkline.invalid/")
            .setDraft(Draft.DRAFT202012)
            .setOutputFormat(OutputFormat.Basic);
    return Validator.create(JsonSchema.of(schema), options);
  }

  private static boolean fits(String message, JsonObject frame) {
    return Boolean.TRUE.equals(validator(message).validate(frame).getValid());
  }

  private static List<JsonObject> examples(String message) {
    return MESSAGES.getJsonObject(message).getJsonArray("examples").stream()
        .map(example -> ((JsonObject) example).getJsonObject("payload"))
        .toList();
  }

  /** Whether the gateway takes its shape, whatever else it says of it. */
  private static boolean isTaken(Client client, JsonObject frame) {
    String id = frame.getValue("id") instanceof String text ? text : null;
    JsonObject answer = answer(client, frame, id);
    return !"bad_request".equals(answer.getString("code"));
  }

  /**
   * Where the frame has no id to know its answer by, an echo behind it tells that there is none.
   */
  private static JsonObject answer(Client client, JsonObject frame, String id) {
    client.send(frame);
    String mark = "mark-" + asked.incrementAndGet();
    client.send(Client.frame("echo", "id", mark, "content", 0));
    JsonObject found = new JsonObject();
    for (JsonObject next = client.next(); ; next = client.next()) {
      if (mark.equals(next.getValue("id"))) {
        return found;
      }
      if ("error".equals(next.getString("type"))
          || (id != null && id.equals(next.getValue("id")))) {
        found = next;
      }
    }
  }

  private static Client client(String user) {
    return cluster.client(0, user);
  }

  @Test
  void everyTypeAndEveryErrorCodeIsInTheDocument() {
    Set<String> types = new TreeSet<>();
    ServiceLoader.load(MessageType.class).forEach(type -> types.add(type.name()));
    types.add("ping");
    assertThat(new TreeSet<>(messagesOf("request"))).isEqualTo(types);
    JsonObject error =
        at("components")
            .getJsonObject("schemas")
            .getJsonObject("error")
            .getJsonObject("properties");
    assertThat(error.getJsonObject("code").getJsonArray("enum").stream().map(Object::toString))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(ErrorCode.values()).map(ErrorCode::wireName).collect(Collectors.toSet()));
  }

  @Test
  void everyReferenceHasItsTarget() {
    List<String> references = new ArrayList<>();
    collect(DOCUMENT, references);
    assertThat(references).isNotEmpty().allMatch(AsyncApiTest::hasTarget);
  }

  private static void collect(Object part, List<String> references) {
    if (part instanceof JsonObject object) {
      object.forEach(
          field -> {
            if (field.getKey().equals("$ref")) {
              references.add((String) field.getValue());
            } else {
              collect(field.getValue(), references);
            }
          });
    } else if (part instanceof JsonArray array) {
      array.forEach(item -> collect(item, references));
    }
  }

  private static boolean hasTarget(String reference) {
    JsonObject part = DOCUMENT;
    for (String name : reference.substring(2).split("/")) {
      part = part.getJsonObject(name);
      if (part == null) {
        return false;
      }
    }
    return true;
  }

  @ParameterizedTest
  @MethodSource("requests")
  void eachExampleIsAnsweredAsTheDocumentSays(String message) {
    client("bob").close();
    Client alice = client("example-alice");
    String expected = MESSAGES.getJsonObject(message).getString("x-answer");
    for (JsonObject example : examples(message)) {
      assertThat(fits(message, example)).as("the schema takes %s", example).isTrue();
      if (expected == null) {
        assertThat(answer(alice, example, null)).as("answer to %s", example).isEmpty();
      } else {
        JsonObject answer = alice.ask(example.copy());
        assertThat(answer.getString("type")).as("%s", answer).isNotEqualTo("error");
        assertThat(fits(expected, answer)).as("%s fits %s", answer, expected).isTrue();
      }
    }
  }

  @Test
  void whatArrivesFitsItsSchema() {
    Client alice = client("arriving-alice");
    Client bob = client("arriving-bob");
    bob.ask("subscribe", "channel", "arrivals", "presence", true);
    assertThat(fits("session_answer", bob.session())).as("%s", bob.session()).isTrue();
    alice.ask("subscribe", "channel", "arrivals");
    alice.write("arriving-bob", "hi");
    alice.ask("broadcast", "message", 1);
    alice.ask("publish", "channel", "arrivals", "message", new JsonObject());
    Set<String> wanted =
        new TreeSet<>(Set.of("private_message", "broadcast", "message", "presence_change"));
    while (!wanted.isEmpty()) {
      JsonObject frame = bob.next();
      String type = frame.getString("type");
      String message =
          Set.of("private_message", "broadcast").contains(type) ? type + "_arrives" : type;
      assertThat(fits(message, frame)).as("%s", frame).isTrue();
      wanted.remove(type);
    }
  }

  @Test
  void anErrorFitsItsSchema() {
    JsonObject error = client("wrong-alice").ask("private_message");
    assertThat(fits("error", error)).as("%s", error).isTrue();
  }

  /** Each field of each request with each value, and without it. */
  @ParameterizedTest
  @MethodSource("requests")
  void theSchemaTakesWhatTheGatewayTakes(String message) {
    Client alice = client("mutating-alice");
    JsonObject example = examples(message).get(examples(message).size() - 1);
    List<String> wrong = new ArrayList<>();
    for (String field : fields(message)) {
      for (Object value : VALUES) {
        check(alice, message, example.copy().put(field, value), wrong);
      }
      JsonObject without = example.copy();
      without.remove(field);
      check(alice, message, without, wrong);
    }
    assertThat(wrong).as("of %s the schema and the gateway differ", message).isEmpty();
  }

  private static void check(Client client, String message, JsonObject frame, List<String> wrong) {
    boolean fits = fits(message, frame);
    if (message.equals("logout") && fits) {
      return; // it would end the session
    }
    if (fits != isTaken(client, frame)) {
      wrong.add((fits ? "only the schema takes " : "only the gateway takes ") + frame);
    }
  }

  /** All that a request's schema names, but for the type. */
  private static Set<String> fields(String message) {
    Set<String> names = new TreeSet<>();
    String schema =
        last(MESSAGES.getJsonObject(message).getJsonObject("payload").getString("$ref"));
    addFields(at("components").getJsonObject("schemas").getJsonObject(schema), names);
    names.remove("type");
    return names;
  }

  private static void addFields(JsonObject schema, Set<String> names) {
    if (schema.containsKey("$ref")) {
      String target = last(schema.getString("$ref"));
      addFields(at("components").getJsonObject("schemas").getJsonObject(target), names);
    }
    names.addAll(schema.getJsonObject("properties", new JsonObject()).fieldNames());
    schema.getJsonArray("required", new JsonArray()).forEach(name -> names.add((String) name));
    for (String part : List.of("allOf", "oneOf")) {
      schema.getJsonArray(part, new JsonArray()).forEach(s -> addFields((JsonObject) s, names));
    }
  }
}
