package io.trunkline.testing;

import org.testcontainers.containers.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/** Postgres in a container, which Testcontainers removes when the JVM has ended. */
final class PostgresImage {
  private static final String DEFAULT = "postgres:18-alpine";

  /** The image's default of 100 is too few for the pools of a whole cluster in one test. */
  private static final String MAX_CONNECTIONS = "200";

  private PostgresImage() {}

  @SuppressWarnings("resource") // lives as long as the JVM
  static DatabaseUrl start() {
    String image = System.getenv().getOrDefault("TRUNKLINE_TEST_POSTGRES_IMAGE", DEFAULT);
    PostgreSQLContainer<?> container =
        new PostgreSQLContainer<>(
            DockerImageName.parse(image).asCompatibleSubstituteFor("postgres"));
    // Replaces the command of Testcontainers, which turns fsync off.
    container.setCommand("postgres", "-c", "max_connections=" + MAX_CONNECTIONS);
    container.start();
    return new DatabaseUrl(
        container.getUsername(),
        container.getPassword(),
        container.getHost(),
        container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT),
        container.getDatabaseName());
  }
}
