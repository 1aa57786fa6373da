package io.trunkline.testing;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The system's Chromium, driven by Playwright. The driver comes from npm and runs on the system's
 * Node: the one for Java brings five platforms' Nodes, 200 MB of them. Used by one thread.
 */
public final class Chromium implements AutoCloseable {
  /** Where {@code testing/browser} is. */
  private static final String DIRECTORY = "trunkline.browser";

  /** A gateway that was killed, a machine that is busy. */
  private static final double PATIENCE_MILLIS = 40_000;

  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");

  private final Path packages;
  private final Playwright playwright;
  private final Browser browser;

  private Chromium(Path packages, Playwright playwright, Browser browser) {
    this.packages = packages;
    this.playwright = playwright;
    this.browser = browser;
  }

  /** Skips or fails the test, as {@link Tool} says, where there is no browser or no Node. */
  public static Chromium start() {
    Path program = onPath(NAMES).orElseThrow(() -> Tool.BROWSER.missing("no Chromium on the PATH"));
    Path packages = Path.of(System.getProperty(DIRECTORY));
    Npm.need(packages);
    System.setProperty("playwright.cli.dir", driver(packages).toString());
    Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    Browser browser =
        playwright
            .chromium()
            .launch(new BrowserType.LaunchOptions().setExecutablePath(program).setHeadless(true));
    return new Chromium(packages.toAbsolutePath(), playwright, browser);
  }

  private static Optional<Path> onPath(List<String> names) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(directory -> names.stream().map(name -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** A directory as Playwright for Java wants it: a Node and the driver's package. */
  private static Path driver(Path packages) {
    try {
      Path directory = Files.createTempDirectory("playwright-");
      Path node = onPath(List.of("node")).orElseThrow();
      Path driver = packages.toAbsolutePath().resolve("node_modules/playwright-core");
      for (Path link : List.of(directory.resolve("node"), directory.resolve("package"))) {
        Files.createSymbolicLink(link, link.endsWith("node") ? node : driver);
        link.toFile().deleteOnExit();
      }
      directory.toFile().deleteOnExit();
      return directory.toAbsolutePath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A window of somebody's own: it shares nothing with the others. */
  public Page window(int width, int height, ColorScheme colors) {
    BrowserContext context =
        browser.newContext(
            new Browser.NewContextOptions()
                .setViewportSize(width, height)
                .setColorScheme(colors)
                .setLocale("en-GB")
                .setTimezoneId("UTC"));
    context.setDefaultTimeout(PATIENCE_MILLIS);
    return context.newPage();
  }

  /** What axe-core finds serious or critical in a page, a line each. */
  public List<String> barriers(Page page) {
    try {
      page.evaluate(Files.readString(packages.resolve("node_modules/axe-core/axe.min.js")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String found =
        (String) page.evaluate("async () => JSON.stringify((await axe.run()).violations)");
    List<String> barriers = new ArrayList<>();
    JsonArray violations = JsonParser.parseString(found).getAsJsonArray();
    for (JsonElement violation : violations) {
      JsonObject rule = violation.getAsJsonObject();
      if (List.of("serious", "critical").contains(rule.get("impact").getAsString())) {
        barriers.add(rule.get("id") + ": " + rule.get("help") + " " + rule.get("nodes"));
      }
    }
    return barriers;
  }

  @Override
  public void close() {
    browser.close();
    playwright.close();
  }
}
