package io.trunkline.node;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.spi.metrics.EventBusMetrics;
import java.util.concurrent.atomic.LongAdder;

/**
 * The event bus's meters, under the names that Vert.x gives them. Vert.x' own look their meters up
 * by name and labels for each message, several times, which costs as much as the message does;
 * these add to a number. Addresses of Vert.x itself, those of replies above all, are not counted.
 */
final class BusMetrics implements EventBusMetrics<BusMetrics> {
  private static final String OF_VERTX = "__vertx.";

  private final MeterRegistry registry;
  private final LongAdder handlers = new LongAdder();
  private final LongAdder pending = new LongAdder();
  private final LongAdder sent;
  private final LongAdder published;
  private final LongAdder received;
  private final LongAdder processed;
  private final LongAdder discarded;
  private final LongAdder replyFailures;
  private final LongAdder bytesRead;
  private final LongAdder bytesWritten;

  BusMetrics(MeterRegistry registry) {
    this.registry = registry;
    sent = counter("sent", "Messages sent to one");
    published = counter("published", "Messages sent to all");
    received = counter("received", "Messages received");
    processed = counter("processed", "Messages given to their handler");
    discarded = counter("discarded", "Messages dropped, as too many waited for their handler");
    replyFailures = counter("reply.failures", "Requests without an answer");
    bytesRead = counter("bytes.read", "Bytes from other nodes");
    bytesWritten = counter("bytes.written", "Bytes to other nodes");
    gauge("handlers", "Handlers in use", handlers);
    gauge("pending", "Messages that wait for their handler", pending);
  }

  private LongAdder counter(String name, String text) {
    LongAdder number = new LongAdder();
    FunctionCounter.builder("vertx.eventbus." + name, number, LongAdder::sum)
        .description(text)
        .register(registry);
    return number;
  }

  private void gauge(String name, String text, LongAdder number) {
    Gauge.builder("vertx.eventbus." + name, number, LongAdder::sum)
        .description(text)
        .register(registry);
  }

  private static boolean isOurs(String address) {
    return !address.startsWith(OF_VERTX);
  }

  @Override
  public BusMetrics handlerRegistered(String address) {
    if (!isOurs(address)) {
      return null;
    }
    handlers.increment();
    return this;
  }

  @Override
  public void handlerUnregistered(BusMetrics handler) {
    if (handler != null) {
      handlers.decrement();
    }
  }

  @Override
  public void scheduleMessage(BusMetrics handler, boolean local) {
    if (handler != null) {
      pending.increment();
    }
  }

  @Override
  public void discardMessage(BusMetrics handler, boolean local, Message<?> message) {
    if (handler != null) {
      pending.decrement();
      discarded.increment();
    }
  }

  @Override
  public void messageDelivered(BusMetrics handler, boolean local) {
    if (handler != null) {
      pending.decrement();
      processed.increment();
    }
  }

  @Override
  public void messageSent(String address, boolean publish, boolean local, boolean remote) {
    if (isOurs(address)) {
      (publish ? published : sent).increment();
    }
  }

  @Override
  public void messageReceived(String address, boolean publish, boolean local, int handlerCount) {
    if (isOurs(address)) {
      received.increment();
    }
  }

  @Override
  public void messageWritten(String address, int bytes) {
    bytesWritten.add(bytes);
  }

  @Override
  public void messageRead(String address, int bytes) {
    bytesRead.add(bytes);
  }

  @Override
  public void replyFailure(String address, ReplyFailure failure) {
    replyFailures.increment();
  }
}
