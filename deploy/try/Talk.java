import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Alice and Bob, through the load balancer, for {@code try.sh}: {@code java Talk.java
 * http://localhost:8080 KEY FILE}. Alice writes to Bob five times a second until there is such a
 * file; both come back when they are sent away. Exit code 0: they began on two gateways, and Bob
 * has got every message that was acked.
 */
final class Talk {
  private static final Pattern FIELD = Pattern.compile("\"(\\w+)\":\"?([^\",}]*)");

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, Boolean> acked = new ConcurrentHashMap<>();
  private final Map<String, Boolean> got = new ConcurrentHashMap<>();
  private final String url;
  private final String key;

  private Talk(String url, String key) {
    this.url = url;
    this.key = key;
  }

  public static void main(String[] args) throws Exception {
    System.exit(new Talk(args[0], args[1]).run(Path.of(args[2])) ? 0 : 1);
  }

  private boolean run(Path end) throws Exception {
    Client alice = new Client("alice");
    Client bob = new Client("bob");
    // The balancer sends both to one while the other's checks are late. Bob tries until it doesn't.
    for (int tries = 0; tries < 60 && bob.node.equals(alice.node); tries++) {
      bob.leave();
      Thread.sleep(1_000);
      bob = new Client("bob");
    }
    boolean apart = !alice.node.equals(bob.node);
    System.out.println("alice is on " + alice.node + ", bob on " + bob.node);
    int number = 0;
    while (!Files.exists(end)) {
      alice.write("m" + number++);
      Thread.sleep(200);
    }
    long patience = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!got.keySet().containsAll(acked.keySet()) && System.nanoTime() < patience) {
      Thread.sleep(100);
    }
    boolean all = !acked.isEmpty() && got.keySet().containsAll(acked.keySet());
    System.out.printf(
        "written %d, acked %d, got %d; returns: alice %d, bob %d%n",
        number, acked.size(), got.size(), alice.returns, bob.returns);
    return apart && all;
  }

  private String session(String user) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + "/api/sessions"))
            .timeout(Duration.ofSeconds(10))
            .header("Authorization", "Bearer " + key)
            .POST(HttpRequest.BodyPublishers.ofString("{\"user\":\"" + user + "\"}"))
            .build();
    String body = http.send(request, BodyHandlers.ofString()).body();
    String session = field(body, "session_id");
    if (session == null) {
      throw new IllegalStateException("no session: " + body);
    }
    return session;
  }

  private static String field(String json, String name) {
    Matcher matcher = FIELD.matcher(json);
    while (matcher.find()) {
      if (matcher.group(1).equals(name)) {
        return matcher.group(2);
      }
    }
    return null;
  }

  private final class Client implements WebSocket.Listener {
    private final String user;
    private final String session;
    private final StringBuilder frame = new StringBuilder();
    private volatile WebSocket socket;
    private volatile String node;
    private volatile int returns;
    private volatile boolean leaving;

    Client(String user) throws Exception {
      this.user = user;
      this.session = session(user);
      connect();
      long patience = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      while (node == null && System.nanoTime() < patience) {
        Thread.sleep(20);
      }
    }

    private void connect() {
      socket =
          http.newWebSocketBuilder()
              .header("Authorization", "Bearer " + session)
              .connectTimeout(Duration.ofSeconds(5))
              .buildAsync(URI.create(url.replaceFirst("http", "ws") + "/ws"), this)
              .join();
    }

    void leave() {
      leaving = true;
      socket.abort();
    }

    /** What is not acked may be lost, and is not counted. */
    void write(String id) {
      WebSocket now = socket;
      if (now != null) {
        now.sendText(
            "{\"type\":\"private_message\",\"receiver\":\"bob\",\"id\":\""
                + id
                + "\",\"message\":\""
                + id
                + "\"}",
            true);
      }
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      frame.append(part);
      if (last) {
        read(frame.toString());
        frame.setLength(0);
      }
      from.request(1);
      return null;
    }

    private void read(String json) {
      switch (String.valueOf(field(json, "type"))) {
        case "session" -> {
          node = field(json, "node");
          System.out.println(user + " is let in by " + node);
        }
        case "ack" -> acked.put(field(json, "id"), true);
        case "private_message" -> got.put(field(json, "message"), true);
        default -> System.out.println(user + " gets " + json);
      }
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      System.out.println(user + " is sent away by " + node + ": " + code + " " + reason);
      comeBack();
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      System.out.println(user + " is cut off: " + error);
      comeBack();
    }

    private void comeBack() {
      if (!leaving) {
        socket = null;
        Thread.ofVirtual().start(this::tryAgain);
      }
    }

    private void tryAgain() {
      for (int tries = 0; tries < 100; tries++) {
        try {
          Thread.sleep(300);
          connect();
          returns++;
          return;
        } catch (Exception refused) {
          System.out.println(user + " is not let in: " + refused.getMessage());
        }
      }
    }
  }
}
