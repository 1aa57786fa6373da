package io.trunkline.session;

/** Brings the schema {@code trunkline} to what this version needs. */
final class Migrations {
  private Migrations() {}

  /** Blocks: call it through {@code executeBlocking}. Safe when several services start at once. */
  static void migrate(String databaseUrl) {
    throw new UnsupportedOperationException("migrate " + DatabaseUrl.parse(databaseUrl));
  }
}
