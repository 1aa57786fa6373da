package io.trunkline.session;

/**
 * Where an entry stands in its topic, committed.
 *
 * @param time epoch milliseconds
 * @param duplicate it was there already: place and time are those of the first
 */
public record Appended(long offset, long time, boolean duplicate) {}
