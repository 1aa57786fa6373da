package io.trunkline.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import io.trunkline.testing.Chromium;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demo page in a browser, in two windows on two gateways. */
@Timeout(300)
class BrowserTest {
  private static final int WIDTH = 780;
  private static final int HEIGHT = 560;
  private static final int GAP = 12;

  /** README's is a copy of it. */
  private static final Path PICTURE = Path.of("target", "demo.png");

  private static final int LARGEST_PICTURE = 200_000;

  private static Chromium browser;
  private static KillableDemo demo;

  private final List<Page> windows = new ArrayList<>();
  private final List<String> complaints = new ArrayList<>();

  @BeforeAll
  static void start() {
    browser = Chromium.start();
    demo = new KillableDemo();
  }

  @AfterAll
  static void stop() {
    if (demo != null) {
      demo.close();
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

  @Test
  void twoWindowsOnTwoGatewaysTalk() throws IOException {
    DemoPage alice = window(ColorScheme.LIGHT).logIn(demo.url(0), "alice");
    DemoPage bob = window(ColorScheme.DARK).logIn(demo.url(1), "bob");
    alice.stateIs("alice on gateway-1");
    bob.stateIs("bob on gateway-2");
    assertThat(alice.entry("bob").locator(".where")).hasText("gateway-2");

    alice.open("bob");
    alice.write("Hi Bob, which gateway are you on?");
    assertThat(bob.entry("alice").locator(".badge")).containsText("1");
    bob.open("alice");
    bob.awaitMessage("Hi Bob, which gateway are you on?");
    assertThat(bob.entry("alice").locator(".badge")).hasCount(0);
    alice.awaitMark("✓✓ delivered");
    bob.write("The second one. And you?");
    alice.awaitMessage("The second one. And you?");
    alice.write("The first. Stored in Postgres, then on to you.");
    bob.awaitMessage("The first. Stored in Postgres, then on to you.");
    alice.awaitMark("✓✓ delivered");

    bob.open("#lobby");
    bob.write("Hello, everybody");
    assertThat(alice.entry("#lobby").locator(".badge")).containsText("1");
    bob.open("alice");
    picture(alice.page(), bob.page());
  }

  @Test
  void gatewayIsKilledUnderThemAndNothingIsLostOrShownTwice() {
    DemoPage carol = window(ColorScheme.LIGHT).logIn(demo.url(0), "carol");
    DemoPage dave = window(ColorScheme.LIGHT).logIn(demo.url(1), "dave");
    carol.find("dave");
    dave.find("carol");
    List<String> written = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      if (i == 10) {
        demo.kill(0);
      }
      if (i == 15) {
        carol.stateIs("carol on gateway-2");
      }
      if (i == 20) {
        dave.page().reload();
        dave.stateIs("dave on gateway-2");
      }
      String text = "message " + i;
      written.add(text);
      (i % 2 == 0 ? carol : dave).write(text);
      // Each waits for the other's, but while the gateway is dead.
      if (i < 10 || i >= 15) {
        (i % 2 == 0 ? dave : carol).awaitMessage(text);
      }
    }
    carol.awaitMessage("message 29");
    dave.awaitMessage("message 29");
    assertThat(carol.messages()).containsExactlyInAnyOrderElementsOf(written);
    assertThat(dave.messages()).containsExactlyInAnyOrderElementsOf(written);
    assertThat(
            dave.messages().stream()
                .filter(
                    IntStream.range(0, 30)
                            .filter(i -> i % 2 == 0)
                            .mapToObj(i -> "message " + i)
                            .toList()
                        ::contains))
        .as("carol's, in her order")
        .isSortedAccordingTo((one, other) -> written.indexOf(one) - written.indexOf(other));
    demo.start(0);
    demo.awaitLogins(0);
  }

  @Test
  void connectionThatIsCutComesBackAndWhatWasWrittenMeanwhileArrivesOnce() {
    DemoPage erin = window(ColorScheme.LIGHT).logIn(demo.url(1), "erin");
    DemoPage frank = window(ColorScheme.LIGHT).logIn(demo.url(1), "frank");
    erin.find("#garden");
    frank.find("#garden");
    for (int i = 0; i < 5; i++) {
      erin.press("Cut the connection");
      erin.write("cut " + i);
      frank.write("seen " + i);
      erin.awaitMessage("seen " + i);
      frank.awaitMessage("cut " + i);
    }
    erin.stateIs("erin on gateway-");
    assertThat(erin.messages()).hasSize(10).doesNotHaveDuplicates();
    assertThat(frank.messages()).hasSize(10).doesNotHaveDuplicates();
  }

  @Test
  void historyAndUnreadOutliveReloads() {
    DemoPage gina = window(ColorScheme.LIGHT).logIn(demo.url(1), "gina");
    DemoPage hugo = window(ColorScheme.LIGHT).logIn(demo.url(1), "hugo");
    gina.find("hugo");
    gina.write("one");
    gina.write("two");
    assertThat(hugo.entry("gina").locator(".badge")).containsText("2");
    hugo.page().reload();
    hugo.stateIs("hugo on gateway-");
    assertThat(hugo.entry("gina").locator(".badge")).containsText("2");
    gina.write("three");
    assertThat(hugo.entry("gina").locator(".badge")).containsText("3");
    hugo.open("gina");
    hugo.awaitMessage("three");
    assertThat(hugo.messages()).containsExactly("one", "two", "three");
    gina.page().reload();
    gina.awaitMessage("three");
    assertThat(gina.messages()).containsExactly("one", "two", "three");
    gina.awaitMark("✓✓ delivered");
  }

  @Test
  void hostileTextIsText() {
    String hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    DemoPage ivan = window(ColorScheme.LIGHT).logIn(demo.url(1), hostile);
    DemoPage judy = window(ColorScheme.LIGHT).logIn(demo.url(1), "judy");
    ivan.find("judy");
    ivan.write(hostile);
    judy.open(hostile);
    judy.awaitMessage(hostile);
    ivan.find("#" + hostile);
    ivan.write("\"><svg onload=alert(3)>");
    ivan.awaitMark("✓ stored");
    for (DemoPage each : List.of(ivan, judy)) {
      assertThat(each.page().locator("main img, main script, main svg")).hasCount(0);
    }
  }

  @Test
  void axeFindsNothingSerious() {
    for (ColorScheme colors : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
      DemoPage kim = window(colors);
      kim.page().navigate(demo.url(1));
      assertThat(browser.barriers(kim.page())).as("the login, %s", colors).isEmpty();
      kim.logIn(demo.url(1), "kim");
      DemoPage leo = window(colors).logIn(demo.url(1), "leo");
      leo.find("kim");
      leo.write("to be read");
      assertThat(kim.entry("leo").locator(".badge")).isVisible();
      kim.page().locator("summary").click();
      kim.find("ghost");
      kim.write("is there anybody");
      kim.awaitMark("not sent: there is no such receiver");
      assertThat(browser.barriers(kim.page())).as("the conversations, %s", colors).isEmpty();
    }
  }

  @Test
  void keyboardIsEnough() {
    DemoPage mia = window(ColorScheme.LIGHT).logIn(demo.url(1), "mia");
    Page page = mia.page();
    assertThat(page.locator("#text")).isFocused();
    page.keyboard().type("to the lobby");
    page.keyboard().press("Enter");
    mia.awaitMessage("to the lobby");
    page.keyboard().press("Shift+Tab");
    page.keyboard().press("Shift+Tab");
    page.keyboard().press("Shift+Tab");
    assertThat(page.locator("#name")).isFocused();
    page.keyboard().type("#keys");
    page.keyboard().press("Enter");
    assertThat(page.locator("#text")).isFocused();
    page.keyboard().type("typed");
    page.keyboard().press("Enter");
    mia.awaitMessage("typed");
  }

  @Test
  void phoneShowsAllOfIt() {
    DemoPage nina = open(browser.window(360, 640, ColorScheme.DARK)).logIn(demo.url(1), "nina");
    nina.find("#a-channel-with-a-name-that-is-rather-long-for-a-phone");
    nina.write("x".repeat(300));
    nina.awaitMark("✓ stored");
    int width = (int) nina.page().evaluate("() => document.documentElement.scrollWidth");
    assertThat(width).isLessThanOrEqualTo(360);
    for (String id : List.of("#text", "#name", "#cut", "#logout", "#state")) {
      assertThat(nina.page().locator(id)).isInViewport();
    }
    assertThat(browser.barriers(nina.page())).isEmpty();
  }

  private DemoPage window(ColorScheme colors) {
    return open(browser.window(WIDTH, HEIGHT, colors));
  }

  /** A window whose page may not be refused anything, nor ask anything. */
  private DemoPage open(Page window) {
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
    return new DemoPage(window);
  }

  private static void picture(Page left, Page right) throws IOException {
    BufferedImage picture = new BufferedImage(2 * WIDTH + GAP, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D canvas = picture.createGraphics();
    canvas.setColor(Color.GRAY);
    canvas.fillRect(0, 0, picture.getWidth(), HEIGHT);
    canvas.drawImage(ImageIO.read(new ByteArrayInputStream(left.screenshot())), 0, 0, null);
    canvas.drawImage(
        ImageIO.read(new ByteArrayInputStream(right.screenshot())), WIDTH + GAP, 0, null);
    canvas.dispose();
    ImageIO.write(picture, "png", PICTURE.toFile());
    assertThat(Files.size(PICTURE)).isLessThan(LARGEST_PICTURE);
  }
}
