package io.trunkline.cli.load;

import java.util.ArrayList;
import java.util.List;

/** The members of each lane that send when something is due, each in its turn. */
final class Senders<M extends Member> {
  private final List<List<M>> lanes = new ArrayList<>();
  private final int[] turns;

  Senders(int laneCount) {
    for (int i = 0; i < laneCount; i++) {
      lanes.add(new ArrayList<>());
    }
    turns = new int[laneCount];
  }

  /** On that lane. */
  void add(int lane, M member) {
    lanes.get(lane).add(member);
  }

  /** Whose turn it is; null where the lane has none. On that lane. */
  M next(int lane) {
    List<M> members = lanes.get(lane);
    return members.isEmpty() ? null : members.get(turns[lane]++ % members.size());
  }

  /** Once the lanes rest, or on that lane. */
  List<M> of(int lane) {
    return lanes.get(lane);
  }

  /** Once the lanes rest. */
  List<M> all() {
    return lanes.stream().flatMap(List::stream).toList();
  }
}
