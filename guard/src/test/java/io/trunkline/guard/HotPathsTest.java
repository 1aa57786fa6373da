package io.trunkline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Holds the hot paths to {@code guard/baseline.txt}. Also what has become cheaper fails: as long as
 * the base line says what was before, half of it could be lost again unseen.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class HotPathsTest {
  /** Set by {@code make guard-accept}: what has changed becomes the base line. */
  private static final boolean ACCEPT = Boolean.getBoolean("trunkline.guard.accept");

  private static final Path BASE_LINE =
      Path.of(System.getProperty("basedir", "guard"), "baseline.txt");

  @Test
  void everyHotPathCostsWhatItsBaseLineSays() throws IOException, InterruptedException {
    Costs costs = MeasuringProcess.run();
    if (ACCEPT) {
      costs.over(Costs.read(BASE_LINE)).write(BASE_LINE);
    }
    assertThat(costs.changesFrom(Costs.read(BASE_LINE)))
        .as(
            "hot paths that cost over %d %% more or less than guard/baseline.txt says. Where that"
                + " is meant, `make guard-accept` writes the file anew: commit it with the change,"
                + " and say there why. Measured:%n%n%s",
            Cost.TOLERANCE, costs.text())
        .isEmpty();
  }
}
