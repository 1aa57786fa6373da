package io.trunkline.bench;

import io.trunkline.guard.HotPath;
import io.trunkline.guard.HotPaths;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The paths that the guard counts, in time; one in a JVM, as each would spoil the next. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "-Djmh.executor=CUSTOM",
      "-Djmh.executor.class=io.trunkline.bench.LoopThreads"
    })
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
public class HotPathsJmh {
  /** Each in turn. */
  @Param public HotPaths path;

  private HotPath open;

  @Setup
  public void open() {
    open = path.open();
  }

  @TearDown
  public void close() throws Exception {
    open.close();
  }

  @Benchmark
  public void pass() {
    open.run();
  }
}
