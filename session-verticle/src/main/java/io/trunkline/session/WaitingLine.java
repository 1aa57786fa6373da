package io.trunkline.session;

import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Those who wait, first come first served: bounded in number and weight, and nobody waits longer
 * than the patience that all share. Belongs to one event loop.
 */
final class WaitingLine<T> {
  private final Vertx vertx;
  private final int maxCount;
  private final long maxWeight;
  private final long patienceMillis;
  private final Consumer<T> tooLate;
  private final ArrayDeque<Place<T>> places = new ArrayDeque<>();

  private long weight;

  /** Whether a timer runs for the first in line. */
  private boolean watched;

  private record Place<T>(T item, int weight, long until) {}

  /** {@code tooLate} gets who has waited in vain and will not be polled. */
  WaitingLine(Vertx vertx, int maxCount, long maxWeight, long patienceMillis, Consumer<T> tooLate) {
    this.vertx = vertx;
    this.maxCount = maxCount;
    this.maxWeight = maxWeight;
    this.patienceMillis = patienceMillis;
    this.tooLate = tooLate;
  }

  /** False when the line is full. */
  boolean offer(T item, int itemWeight) {
    if (places.size() >= maxCount || weight + itemWeight > maxWeight) {
      return false;
    }
    places.add(new Place<>(item, itemWeight, now() + patienceMillis));
    weight += itemWeight;
    watch(patienceMillis);
    return true;
  }

  /** The first in line, or null. */
  T poll() {
    Place<T> first = places.poll();
    if (first == null) {
      return null;
    }
    weight -= first.weight;
    return first.item;
  }

  int size() {
    return places.size();
  }

  boolean isEmpty() {
    return places.isEmpty();
  }

  /** Weight of the first in line; only when there is one. */
  int nextWeight() {
    return places.element().weight;
  }

  private void watch(long millis) {
    if (!watched) {
      watched = true;
      vertx.setTimer(Math.max(1, millis), timer -> sendAway());
    }
  }

  private void sendAway() {
    watched = false;
    while (!places.isEmpty() && places.element().until <= now()) {
      tooLate.accept(poll());
    }
    if (!places.isEmpty()) {
      watch(places.element().until - now());
    }
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }
}
