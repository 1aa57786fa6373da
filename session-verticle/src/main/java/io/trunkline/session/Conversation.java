package io.trunkline.session;

import java.util.List;

/**
 * A page of what two users have written to each other, in the order of time.
 *
 * @param frames complete client frames
 * @param next where the next page begins
 * @param more whether there is more of it now
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way to the answer; never compared
public record Conversation(List<byte[]> frames, Position next, boolean more) {

  /**
   * How far somebody has read: an offset in each of the two inboxes. Offsets follow the order of
   * commits and times do not, so nothing that is committed later is passed over.
   *
   * @param mine in the reader's own inbox
   * @param theirs in the other's
   */
  public record Position(long mine, long theirs) {
    public static final Position START = new Position(0, 0);
  }
}
