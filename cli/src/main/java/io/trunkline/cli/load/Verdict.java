package io.trunkline.cli.load;

/**
 * What the check of numbers found.
 *
 * @param lost sent and not come
 * @param repeated come again
 * @param reordered come after one that was sent later
 * @param misdirected come to somebody else
 * @param refused answered by an error; not among the lost and reordered
 * @param mayLose whether this kind of message is at most once and in no certain order: then lost
 *     and reordered ones are told and no fault
 */
public record Verdict(
    long lost, long repeated, long reordered, long misdirected, long refused, boolean mayLose) {

  /** Whether what is promised was kept. */
  public boolean isGood() {
    return repeated == 0 && misdirected == 0 && (mayLose || (lost == 0 && reordered == 0));
  }
}
