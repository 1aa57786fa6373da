package io.trunkline.session.message;

import io.trunkline.session.Place;

/**
 * From where a reader of a topic goes on.
 *
 * @param after the offset after which it gets everything
 * @param head the last offset of the topic
 * @param recovered false where that is not what it asked for: what comes next is no longer kept, or
 *     it has read beyond the head
 */
record Resumption(long after, long head, boolean recovered) {

  /**
   * For a reader that has read up to {@code after}.
   *
   * <pre>
   *   after &gt; head                          from the head, not recovered
   *   after = head                          from the head
   *   the next one is kept                  from there
   *   later ones are kept                   from the first of them, not recovered
   *   none is kept                          from the head, not recovered
   * </pre>
   */
  static Resumption from(long after, Place place) {
    long head = place.head();
    if (after >= head) {
      return new Resumption(head, head, after == head);
    }
    long next = place.firstAfter();
    return next == 0
        ? new Resumption(head, head, false)
        : new Resumption(next - 1, head, next == after + 1);
  }
}
