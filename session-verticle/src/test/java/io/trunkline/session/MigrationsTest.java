package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.node.StartFailed;
import io.trunkline.testing.TestPostgres;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class MigrationsTest {

  @Test
  void severalServicesMayMigrateAtOnce() {
    String url = TestPostgres.freshDatabase();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add(CompletableFuture.runAsync(() -> Migrations.migrate(url)));
    }
    all.forEach(CompletableFuture::join);
    Migrations.migrate(url);
    assertThat(
            StoreQueries.number(
                url, "select count(*) from trunkline.flyway_schema_history where not success"))
        .isZero();
  }

  @Test
  void partitionsAreThereAfterALongRest() {
    String url = TestPostgres.freshDatabase();
    Migrations.migrate(url);
    TestPostgres.execute(
        url,
        """
        do $$ declare p text; begin
          for p in select name from trunkline.message_partition loop
            execute 'drop table trunkline.' || p;
          end loop;
        end $$
        """);
    Migrations.migrate(url);
    assertThat(
            StoreQueries.number(
                url,
                "select count(*) from trunkline.message_partition"
                    + " where ends_at > now() + interval '30 minutes'"))
        .isPositive();
  }

  @Test
  void aWrongPasswordOrDatabaseFailsAtOnceAndIsNotShown() {
    String url = TestPostgres.freshDatabase();
    String nowhere = url.substring(0, url.lastIndexOf('/')) + "/nowhere";
    long begin = System.nanoTime();
    assertThatThrownBy(() -> Migrations.migrate(nowhere))
        .isInstanceOf(StartFailed.class)
        .hasMessageContaining("/nowhere")
        .hasMessageNotContaining("postgres:postgres");
    assertThat(System.nanoTime() - begin).isLessThan(5_000_000_000L);
  }
}
