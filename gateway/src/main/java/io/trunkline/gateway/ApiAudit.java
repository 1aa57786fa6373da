package io.trunkline.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who did what by the server API: a line in the log for each call that changes something, and a
 * count of all. The line has the key's place in the setting, never a key, a session id or a
 * message. Confined to an event loop.
 *
 * <p>Calls without a key are counted, and told of at most once a second: whoever has none must not
 * be able to fill the log.
 */
final class ApiAudit {
  private static final Logger log = LoggerFactory.getLogger(ApiAudit.class);

  /** Quotes, controls of terminals, what turns text around or is not seen, ends of lines. */
  private static final Pattern UNQUOTABLE = Pattern.compile("[\"\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

  private static final String KEY = "trunkline.api.key";
  private static final String PATH = "trunkline.api.path";
  private static final String ABOUT = "trunkline.api.about";

  /** The status of a call that has had no answer. */
  private static final String NONE = "none";

  private static final long REFUSED_LINE_MILLIS = 1000;

  private final MeterRegistry registry;
  private final Function<HttpServerRequest, String> clientOf;
  private final LongSupplier clock;
  private int refused;
  private long refusedToldAt = Long.MIN_VALUE / 2;

  /**
   * Begins.
   *
   * @param clientOf the address that calls
   * @param clock milliseconds, which never go back
   */
  ApiAudit(
      MeterRegistry registry, Function<HttpServerRequest, String> clientOf, LongSupplier clock) {
    this.registry = registry;
    this.clientOf = clientOf;
    this.clock = clock;
  }

  /** Follows a call to its end, from before it is known who calls. */
  void follow(RoutingContext context) {
    context.addEndHandler(
        answered ->
            ended(context, answered.succeeded() ? "" + context.response().getStatusCode() : NONE));
    context.next();
  }

  /** The call has this key. */
  static void calledBy(RoutingContext context, int key) {
    context.put(KEY, key);
  }

  /** What the call does, without its parameters. */
  static void at(RoutingContext context, String path) {
    context.put(PATH, path);
  }

  /** Whom or what the call is about; a name as it came. */
  static void about(RoutingContext context, String what, String name) {
    about(context, what + ":" + name);
  }

  static void about(RoutingContext context, String what) {
    context.put(ABOUT, what);
  }

  private void ended(RoutingContext context, String status) {
    Integer key = context.get(KEY);
    count(status);
    if (key == null) {
      refused(context);
    } else if (!context.request().method().equals(HttpMethod.GET)) {
      log.info(
          "api_called key={} method={} path={} about=\"{}\" status={} address={}",
          key,
          context.request().method(),
          context.<String>get(PATH, "unknown"),
          quotable(context.get(ABOUT)),
          status,
          clientOf.apply(context.request()));
    }
  }

  private void count(String status) {
    Counter.builder("trunkline.api.calls")
        .description("Calls of the server API")
        .tag("status", status)
        .register(registry)
        .increment();
  }

  private void refused(RoutingContext context) {
    refused++;
    long now = clock.getAsLong();
    if (now - refusedToldAt >= REFUSED_LINE_MILLIS) {
      log.warn("api_refused calls={} address={}", refused, clientOf.apply(context.request()));
      refusedToldAt = now;
      refused = 0;
    }
  }

  /** So that it stays in its line, and what stands between quotes ends where they do. */
  private static String quotable(String text) {
    return text == null ? "" : UNQUOTABLE.matcher(text).replaceAll("'");
  }
}
