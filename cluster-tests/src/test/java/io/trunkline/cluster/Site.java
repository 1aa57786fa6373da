package io.trunkline.cluster;

import java.util.List;

/**
 * Where a node runs: the addresses at which it is reached by the cluster, by the event bus, and by
 * clients and operators.
 *
 * @param launcher what goes before the command of a process that runs there
 */
record Site(String clusterHost, String busHost, String serviceHost, List<String> launcher) {
  /** This machine as it is. */
  static final Site HERE = new Site("127.0.0.1", "127.0.0.1", "127.0.0.1", List.of());
}
