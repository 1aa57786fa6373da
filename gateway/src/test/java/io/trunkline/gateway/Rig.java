package io.trunkline.gateway;

import io.trunkline.testing.Await;
import io.trunkline.testing.HttpAnswer;
import io.trunkline.testing.RawSocket;
import io.trunkline.testing.WebSocketProbe;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One real gateway for the tests of a class, on a free port, with settings of its own, and the
 * scripted session service behind it. Connections that a test leaves open are cut after it.
 */
final class Rig
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
  private final Map<String, String> environment = new HashMap<>();
  private final Queue<AutoCloseable> opened = new ConcurrentLinkedQueue<>();
  private Nodes nodes;
  private Gateway gateway;

  /** The tests of the class run side by side: nothing is done between them. */
  private boolean sideBySide;

  /** Settings by key and value, such as {@code "ECHO", "false"}. */
  Rig(String... settings) {
    set("HTTP_HOST", "127.0.0.1");
    set("HTTP_PORT", "0");
    set("DRAIN_SECONDS", "0");
    for (int i = 0; i < settings.length; i += 2) {
      set(settings[i], settings[i + 1]);
    }
  }

  /** For a class whose tests run side by side. */
  static Rig sideBySide(String... settings) {
    Rig rig = new Rig(settings);
    rig.sideBySide = true;
    return rig;
  }

  void set(String key, String value) {
    environment.put("TRUNKLINE_" + key, value);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    nodes = Nodes.of(context);
    nodes.service().reset();
    start();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    if (!sideBySide) {
      nodes.service().reset();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    if (!sideBySide) {
      cutAll();
    }
  }

  private void cutAll() throws Exception {
    for (AutoCloseable socket = opened.poll(); socket != null; socket = opened.poll()) {
      socket.close();
    }
    Await.until(() -> gateway.connections() == 0, "the test's connections are gone");
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    cutAll();
    Await.result(gateway.stop());
  }

  void start() {
    gateway =
        Await.result(Gateway.start(nodes.gateway(), GatewaySettings.of(environment), router -> {}));
  }

  Gateway gateway() {
    return gateway;
  }

  ScriptedService service() {
    return nodes.service();
  }

  Nodes nodes() {
    return nodes;
  }

  String url(String target) {
    return "ws://127.0.0.1:" + gateway.port() + target;
  }

  /** A connection to {@code /ws} without a session. */
  WebSocketProbe connect() {
    return connect("/ws");
  }

  WebSocketProbe connect(String target) {
    return keep(WebSocketProbe.connect(url(target)));
  }

  WebSocketProbe connect(String target, Map<String, String> headers, String... subprotocols) {
    return keep(WebSocketProbe.connect(url(target), headers, List.of(subprotocols)));
  }

  /** A connection of {@code user}, whose answer to the session has been taken. */
  WebSocketProbe login(String user) {
    return loginWith(service().session(user));
  }

  WebSocketProbe loginWith(String sessionId) {
    WebSocketProbe probe = connect("/ws", Map.of("Authorization", "Bearer " + sessionId));
    probe.expect("session");
    return probe;
  }

  WebSocketProbe keep(WebSocketProbe probe) {
    opened.add(probe);
    return probe;
  }

  /** A TCP connection that has not said anything. */
  RawSocket open() {
    return open(0);
  }

  RawSocket open(int receiveBufferBytes) {
    RawSocket socket = RawSocket.open("127.0.0.1", gateway.port(), receiveBufferBytes);
    opened.add(socket);
    return socket;
  }

  /** A TCP connection after the upgrade. */
  RawSocket raw(String target) {
    return raw(target, Map.of());
  }

  RawSocket raw(String target, Map<String, String> headers) {
    RawSocket socket = open();
    HttpAnswer answer = socket.handshake(target, headers);
    if (answer.status() != 101) {
      throw new AssertionError("upgrade refused: " + answer);
    }
    return socket;
  }

  HttpAnswer refused(String target, Map<String, String> headers) {
    return WebSocketProbe.refused(url(target), headers, List.of());
  }
}
