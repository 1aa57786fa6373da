package io.trunkline.cli;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/** Options that say which gateways, and by what key. */
public final class Target {
  private static final Set<String> SCHEMES = Set.of("http", "https", "ws", "wss");

  @Option(
      names = "--url",
      split = ",",
      paramLabel = "URL",
      defaultValue = "http://localhost:8080",
      description =
          "Gateways, tried in turn: http:// or ws://, https:// or wss:// (${DEFAULT-VALUE}).")
  private List<String> urls;

  @Option(
      names = "--api",
      paramLabel = "URL",
      description = "Where the server API is, if it is not at the first --url.")
  private String api;

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description =
          "A file with the API key; else TRUNKLINE_API_KEY, or TRUNKLINE_API_KEY_FILE names one.")
  private String keyFile;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description = "How long to try, 1 to 300 (${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  public Duration timeout() {
    if (timeoutSeconds < 1 || timeoutSeconds > 300) {
      throw new Failure(Exit.USAGE, "--timeout: expected 1 to 300, was " + timeoutSeconds);
    }
    return Duration.ofSeconds(timeoutSeconds);
  }

  /** At least one; with the scheme {@code ws} or {@code wss} and no path. */
  public List<URI> sockets() {
    List<URI> sockets = new ArrayList<>();
    urls.forEach(url -> sockets.add(as("--url", url, "ws")));
    return sockets;
  }

  /** The server API, with the key. */
  Api api(Shell shell) {
    return new Api(apiUri(), ApiKey.read(shell, keyFile), timeout());
  }

  public URI apiUri() {
    return api == null ? as("--url", urls.get(0), "http") : as("--api", api, "http");
  }

  ApiKey key(Shell shell) {
    return ApiKey.read(shell, keyFile);
  }

  private static URI as(String option, String text, String scheme) {
    try {
      URI uri = URI.create(text.strip());
      boolean known = uri.getScheme() != null && SCHEMES.contains(uri.getScheme());
      boolean bare = uri.getUserInfo() == null && uri.getQuery() == null;
      if (known && bare && uri.getHost() != null) {
        boolean secure = uri.getScheme().endsWith("s") && !uri.getScheme().equals("ws");
        return URI.create(scheme + (secure ? "s" : "") + "://" + uri.getAuthority());
      }
    } catch (IllegalArgumentException e) {
      // told below
    }
    throw new Failure(
        Exit.USAGE, option + ": expected http://host:port or the like, was " + withoutUser(text));
  }

  /** A password that somebody has put there is not shown. */
  private static String withoutUser(String text) {
    return text.replaceAll("//[^/]*@", "//...@");
  }
}
