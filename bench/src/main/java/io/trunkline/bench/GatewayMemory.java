package io.trunkline.bench;

import java.io.IOException;

/**
 * What a gateway takes up, in bytes, as its own meters and the kernel tell it.
 *
 * @param heap with what the collector has not looked at yet
 * @param direct buffers outside the heap
 * @param resident of the whole process
 */
record GatewayMemory(long heap, long direct, long resident) {
  static GatewayMemory of(BenchCluster cluster) throws IOException, InterruptedException {
    return new GatewayMemory(
        (long) cluster.metric(0, "jvm_memory_used_bytes", "area=\"heap\""),
        (long) cluster.metric(0, "jvm_buffer_memory_used_bytes", "id=\"direct\""),
        BenchCluster.memoryKib(cluster.gateways().get(0), "VmRSS") << 10);
  }

  GatewayMemory max(GatewayMemory other) {
    return new GatewayMemory(
        Math.max(heap, other.heap),
        Math.max(direct, other.direct),
        Math.max(resident, other.resident));
  }

  @Override
  public String toString() {
    return "heap_mib=%d direct_mib=%d resident_mib=%d"
        .formatted(heap >> 20, direct >> 20, resident >> 20);
  }
}
