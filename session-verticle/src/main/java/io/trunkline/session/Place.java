package io.trunkline.session;

/**
 * What a topic holds for a reader that has read up to some offset.
 *
 * @param head the last offset; 0: nothing was ever appended
 * @param firstAfter the first offset after the reader's that is still kept; 0: none
 */
public record Place(long head, long firstAfter) {}
