package io.trunkline.cluster;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.trunkline.cluster.FrameAssert.assertFrame;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import io.trunkline.cluster.LocalCluster.LocalGateway;
import io.trunkline.node.Management;
import io.trunkline.node.ManagementSettings;
import io.trunkline.node.Node;
import io.trunkline.protocol.Addresses;
import io.trunkline.testing.Await;
import io.trunkline.testing.Chromium;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The console in a browser, over a cluster of three nodes. */
@Timeout(300)
class ConsoleTest {
  private static final int WIDTH = 1240;
  private static final int HEIGHT = 1190;

  /** README's is a copy of it. */
  private static final Path PICTURE = Path.of("target", "console.png");

  private static final int LARGEST_PICTURE = 300_000;

  private static final Pattern MORE_THAN_NONE = Pattern.compile("^[1-9].*|^0\\.[1-9].*");

  @RegisterExtension static final LocalCluster cluster = LocalCluster.of(2, 1);

  private static Chromium browser;
  private static Management management;

  private final String user = "ute-" + UUID.randomUUID().toString().substring(0, 8);
  private final List<Page> windows = new ArrayList<>();
  private final List<String> complaints = new ArrayList<>();

  @BeforeAll
  static void start() {
    browser = Chromium.start();
    management =
        Await.result(cluster.gateway(0).gateway().manage(new ManagementSettings("127.0.0.1", 0)));
  }

  @AfterAll
  static void stop() {
    if (management != null) {
      Await.result(management.close());
    }
    if (browser != null) {
      browser.close();
    }
  }

  @AfterEach
  void closeWindows() {
    windows.forEach(window -> window.context().close());
    assertThat(complaints).as("what pages complained of").isEmpty();
  }

  private static String url() {
    return "http://127.0.0.1:" + management.port() + "/console";
  }

  private static String name(LocalGateway gateway) {
    return gateway.node().name();
  }

  private ConsoleWindow window() {
    return open(WIDTH, HEIGHT, ColorScheme.LIGHT);
  }

  /** A window whose page may not be refused anything by its own policy, nor fail. */
  private ConsoleWindow open(int width, int height, ColorScheme colors) {
    Page window = browser.window(width, height, colors);
    windows.add(window);
    window.onDialog(
        dialog -> {
          complaints.add("dialog: " + dialog.message());
          dialog.dismiss();
        });
    window.onPageError(error -> complaints.add("error: " + error));
    window.onConsoleMessage(
        message -> {
          if (message.text().contains("Content Security Policy")) {
            complaints.add(message.text());
          }
        });
    return new ConsoleWindow(window);
  }

  @Test
  void wrongKeyIsRefusedAndShowsNothing() {
    for (String wrong : List.of("wrong", ServerApi.KEY + "x", "schlüssel")) {
      ConsoleWindow console = window().open(url(), wrong);
      console.noticeIs("no API key");
      assertThat(console.page().locator("#cluster-view")).isHidden();
      assertThat(console.page().locator("#nodes tr")).hasCount(0);
    }
  }

  @Test
  void keyIsKeptInTheTabUntilItIsForgotten() {
    ConsoleWindow console = window().logIn(url());
    console.page().reload();
    assertThat(console.node(name(cluster.gateway(0)))).isVisible();
    assertThat(console.page().url()).doesNotContain(ServerApi.KEY);
    assertThat((String) console.page().evaluate("() => document.cookie")).isEmpty();
    console.press("Forget the key");
    assertThat(console.page().locator("#key")).isFocused();
    console.page().reload();
    assertThat(console.page().locator("#login")).isVisible();
  }

  @Test
  void nodesAreShownWithTheirNumbersOfNow() {
    ConsoleWindow console = window().logIn(url());
    String other = name(cluster.gateway(1));
    assertThat(console.cell(other, "Role")).hasText("gateway");
    assertThat(console.cell(name(cluster.gateway(0)), "State")).hasText("serving");
    assertThat(console.cell(cluster.service(0).node().name(), "Role")).hasText("session service");
    assertThat(console.cell(cluster.service(0).node().name(), "Connections")).hasText("–");
    Client client = cluster.client(1, user);
    assertThat(console.cell(other, "Connections")).hasText("1");
    for (int i = 0; i < 30; i++) {
      client.ask("private_message", "receiver", user, "message", i);
      client.next();
    }
    assertThat(console.value("Messages a second", "requests of clients")).hasText(MORE_THAN_NONE);
    assertThat(console.value("by path", "bus")).isVisible();
    assertThat(console.value("From request to answer", "99 of 100 within"))
        .hasText(Pattern.compile("^\\d.* ms$"));
    assertThat(console.value("Event-loop lag", "of session services"))
        .hasText(Pattern.compile("^\\d.* ms$"));
    assertThat(console.page().locator("figure canvas")).hasCount(8);
    client.close();
    assertThat(console.cell(other, "Connections")).hasText("0");
  }

  @Test
  void nodeThatDoesNotAnswerIsShownAsSuch() {
    ConsoleWindow console = window().logIn(url());
    Node silent = cluster.joinOther();
    try {
      // Another consumer at its address: every second question goes there.
      silent.vertx().eventBus().consumer(Addresses.node(silent.name()), question -> {});
      assertThat(console.cell(silent.name(), "State")).hasText("no answer");
      assertThat(console.page().locator("#state")).containsText("1 without an answer");
    } finally {
      Await.result(silent.leave(), LocalCluster.PATIENCE);
    }
    assertThat(console.node(silent.name())).hasCount(0);
  }

  @Test
  void userIsFoundAndOneSessionEnds() {
    String session = cluster.gateway(0).api().login(user);
    Client client = cluster.keep(Client.connect(cluster.gateway(1).wsUri(), session));
    cluster.gateway(0).api().login(user);
    ConsoleWindow console = window().logIn(url());
    console.lookUp(user);
    assertThat(console.found()).containsText("Connected on " + name(cluster.gateway(1)) + " (1)");
    Locator rows = console.found().locator("tbody tr");
    assertThat(rows).hasCount(2);
    assertThat(console.page().content()).doesNotContain(session);
    rows.nth(1).getByText("End").click();
    console.page().locator("#no").click();
    assertFrame(client.ask("echo", "content", 1)).has("content", 1);
    rows.nth(1).getByText("End").click();
    console.page().locator("#yes").click();
    assertThat(client.closeCode()).isEqualTo(4001);
    console.noticeIs("has ended");
    assertThat(rows).hasCount(1);
  }

  @Test
  void userIsDisconnectedEverywhere() {
    List<Client> clients = List.of(cluster.client(0, user), cluster.client(1, user));
    ConsoleWindow console = window().logIn(url());
    console.lookUp(user);
    console.pressAndConfirm("Disconnect", "Disconnect");
    console.noticeIs("2 connections of " + user + " closed");
    assertThat(clients).allMatch(client -> client.closeCode() == 4003);
  }

  @Test
  void testMessageArrives() {
    Client client = cluster.client(1, user);
    ConsoleWindow console = window().logIn(url());
    console.page().locator("#target").fill(user);
    console.page().locator("#text").fill("are you there");
    console.page().keyboard().press("Enter");
    assertFrame(client.next())
        .is("private_message")
        .has("message", "are you there")
        .hasNo("sender");
    assertThat(console.page().locator("#sent")).containsText("Stored as number 1");
    console.page().locator("#target").fill("nobody-" + user);
    console.page().keyboard().press("Enter");
    console.noticeIs("Not done: ");
  }

  @Test
  void unreadIsShownUntilItIsRead() {
    String session = cluster.gateway(0).api().login(user);
    cluster.gateway(0).api().post("receiver", user, "message", "one");
    cluster.gateway(0).api().post("receiver", user, "message", "two");
    ConsoleWindow console = window().logIn(url());
    console.lookUp(user);
    Locator numbers = console.found().locator("tbody .number");
    assertThat(numbers).hasText(new String[] {"0", "2"});
    cluster.keep(Client.connect(cluster.gateway(0).wsUri(), session)).next(2);
    Await.until(
        () -> {
          console.lookUp(user);
          return numbers.allTextContents().equals(List.of("2", "0"));
        },
        "what was read is no longer unread");
  }

  @Test
  void drainedGatewayMovesItsClientsAndNothingIsLost() {
    LocalGateway drained = cluster.gateway(1);
    List<String> gateways = cluster.gateways().stream().map(LocalGateway::wsUri).toList();
    ConsoleWindow console = window().logIn(url());
    try (Traffic traffic = Traffic.start(gateways, cluster.gateway(0).api(), user, 2)) {
      console.pressAndConfirm("Drain " + name(drained), "Drain");
      console.noticeIs(name(drained) + " sends 2 clients away");
      assertThat(console.cell(name(drained), "State")).hasText("draining");
      assertThat(console.cell(name(drained), "Connections")).hasText("0");
      assertThat(console.cell(name(cluster.gateway(0)), "Connections")).hasText("4");
      traffic.progress(20);
      console.pressAndConfirm("Take clients again " + name(drained), "Take clients");
      assertThat(console.cell(name(drained), "State")).hasText("serving");
      traffic.finish().assertNothingLostOrRepeated();
    }
    Client back = cluster.client(1, user);
    assertFrame(back.ask("echo", "content", 1)).has("content", 1);
  }

  @Test
  void hostileNameIsText() {
    String hostile = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>" + user;
    cluster.client(0, hostile);
    ConsoleWindow console = window().logIn(url());
    console.lookUp(hostile);
    console.press("Disconnect");
    assertThat(console.page().locator("#sure-text")).containsText(hostile);
    assertThat(console.page().locator("main img, dialog img, main script, #found svg")).hasCount(0);
    console.page().keyboard().press("Escape");
    console.page().locator("#user").fill("nobody " + hostile);
    console.page().keyboard().press("Enter");
    assertThat(console.found()).containsText("never been a session of nobody " + hostile);
    assertThat(console.page().locator("main img, main script")).hasCount(0);
  }

  @Test
  void nothingInlineMayRun() {
    Page page = browser.window(WIDTH, HEIGHT, ColorScheme.LIGHT);
    windows.add(page);
    String policy = page.navigate(url()).headers().get("content-security-policy");
    assertThat(policy).contains("default-src 'none'", "frame-ancestors 'none'");
    assertThat(policy).doesNotContain("unsafe");
    page.evaluate(
        "() => { const script = document.createElement('script');"
            + "script.textContent = 'window.ran = true'; document.body.append(script);"
            + "document.body.setAttribute('onclick', 'window.ran = true');"
            + "document.body.click(); }");
    assertThat(page.evaluate("() => window.ran")).isNull();
  }

  /** Even with the right key: the browser does not let it, as nothing here allows it to. */
  @Test
  void pageOfAnotherOriginCanDoNothing() {
    ConsoleWindow elsewhere = window();
    elsewhere.page().navigate("http://127.0.0.1:" + cluster.gateway(0).gateway().port() + "/x");
    Object outcome =
        elsewhere
            .page()
            .evaluate(
                "([url, key]) => fetch(url, {headers: {Authorization: 'Bearer ' + key}})"
                    + ".then(answer => answer.status, refused => 'refused')",
                List.of(url().replace("/console", "/api/nodes"), ServerApi.KEY));
    assertThat(outcome).isEqualTo("refused");
  }

  @Test
  void axeFindsNothingSerious() {
    cluster.client(1, user);
    for (ColorScheme colors : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
      ConsoleWindow console = open(WIDTH, HEIGHT, colors).open(url(), "wrong");
      console.noticeIs("no API key");
      assertThat(browser.barriers(console.page())).as("the login, %s", colors).isEmpty();
      console.logIn(url());
      console.lookUp(user);
      assertThat(console.page().locator("figure canvas")).hasCount(8);
      assertThat(browser.barriers(console.page())).as("the cluster, %s", colors).isEmpty();
      console.press("Disconnect");
      assertThat(browser.barriers(console.page())).as("the question, %s", colors).isEmpty();
    }
  }

  @Test
  void keyboardIsEnough() {
    Client client = cluster.client(1, user);
    Page page = window().page();
    page.navigate(url());
    assertThat(page.locator("#key")).isFocused();
    page.keyboard().type(ServerApi.KEY);
    page.keyboard().press("Enter");
    assertThat(page.locator("#nodes tr")).hasCount(3);
    tabTo(page, page.locator("#user"));
    page.keyboard().type(user);
    page.keyboard().press("Enter");
    Locator disconnect = page.locator("#found > button");
    assertThat(disconnect).isVisible();
    tabTo(page, disconnect);
    page.keyboard().press("Enter");
    assertThat(page.locator("#no")).isFocused();
    page.keyboard().press("Escape");
    assertThat(disconnect).isFocused();
    page.keyboard().press("Enter");
    assertThat(page.locator("#no")).isFocused();
    page.keyboard().press("Tab");
    assertThat(page.locator("#yes")).isFocused();
    page.keyboard().press("Enter");
    new ConsoleWindow(page).noticeIs("1 connection of " + user + " closed");
    assertThat(client.closeCode()).isEqualTo(4003);
  }

  private static void tabTo(Page page, Locator target) {
    for (int i = 0; i < 30; i++) {
      if ((boolean) target.evaluate("element => element === document.activeElement")) {
        return;
      }
      page.keyboard().press("Tab");
    }
    assertThat(target).isFocused();
  }

  @Test
  void phoneShowsAllOfIt() {
    cluster.client(1, user);
    ConsoleWindow console = open(360, 640, ColorScheme.DARK).logIn(url());
    console.lookUp(user);
    assertThat(console.page().locator("figure canvas")).hasCount(8);
    int width = (int) console.page().evaluate("() => document.documentElement.scrollWidth");
    assertThat(width).isLessThanOrEqualTo(360);
    assertThat(browser.barriers(console.page())).isEmpty();
  }

  @Test
  void percentilesAreThoseOfTheBuckets() {
    ConsoleWindow console = window().logIn(url());
    Object found =
        console
            .page()
            .evaluate(
                "async () => { const { percentile } = await import('/console/history.js');"
                    + "const b = [[1, 50], [2, 90], [5, 100]];"
                    + "return [percentile(0.5, 100, b), percentile(0.7, 100, b),"
                    + "percentile(0.95, 100, b), percentile(1, 200, b), percentile(0.5, 0, b)]; }");
    assertThat(((List<?>) found).stream().map(n -> n == null ? null : ((Number) n).doubleValue()))
        .containsExactly(1.0, 1.5, 3.5, 5.0, null);
  }

  /** For half a minute, so that there is something to see. */
  @Test
  void pictureOfAClusterUnderTraffic() throws IOException {
    List<String> gateways = cluster.gateways().stream().map(LocalGateway::wsUri).toList();
    ServerApi api = cluster.gateway(0).api();
    ConsoleWindow console = window().logIn(url());
    cluster.client(1, "alice");
    api.post("receiver", "alice", "message", "hi");
    try (Traffic some = Traffic.start(gateways, api, user, 1)) {
      some.progress(4000);
      try (Traffic more = Traffic.start(gateways, api, user + "-more", 2)) {
        more.progress(4000);
        console.lookUp("alice");
        assertThat(console.value("From request to answer", "half within"))
            .hasText(Pattern.compile("^\\d.* ms$"));
        console.page().evaluate("() => window.scrollTo(0, 0)");
        byte[] picture = console.page().screenshot();
        Files.write(PICTURE, picture);
        assertThat(picture.length).isLessThan(LARGEST_PICTURE);
      }
    }
  }
}
