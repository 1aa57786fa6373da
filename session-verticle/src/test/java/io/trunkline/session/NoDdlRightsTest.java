package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.node.StartFailed;
import io.trunkline.testing.Await;
import io.trunkline.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One role owns the schema and migrates; the service's may only read and write. */
class NoDdlRightsTest {
  private final Vertx vertx = Vertx.vertx();
  private final String suffix = UUID.randomUUID().toString().substring(0, 8);
  private final String owner = "owner_" + suffix;
  private final String service = "service_" + suffix;
  private String url;

  @BeforeEach
  void rolesAsInTheDocs() {
    url = TestPostgres.freshDatabase();
    TestPostgres.execute(
        url,
        """
        create role owner login password 'secret';
        create role service login password 'secret';
        create schema trunkline authorization owner;
        grant usage on schema trunkline to service;
        alter default privileges for role owner in schema trunkline
          grant select, insert, update, delete on tables to service;
        alter default privileges for role owner in schema trunkline
          grant execute on functions to service;
        """
            .replace("owner", owner)
            .replace("service", service));
  }

  @AfterEach
  void dropRoles() {
    Await.result(vertx.close());
    TestPostgres.execute(
        url,
        "drop schema trunkline cascade; drop owned by %1$s, %2$s; drop role %1$s, %2$s"
            .formatted(owner, service));
  }

  private String as(String role) {
    return url.replaceFirst("//[^@]*@", "//" + role + ":secret@");
  }

  @Test
  void aServiceWithoutTheRightSaysWhoHasToMigrate() {
    assertThatThrownBy(() -> Migrations.migrate(as(service)))
        .isInstanceOf(StartFailed.class)
        .hasMessageContaining("--migrate");
  }

  @Test
  void aServiceWithoutTheRightDoesAllItHasToDo() {
    Migrations.migrate(as(owner));
    Migrations.migrate(as(service));
    assertThatThrownBy(
            () -> TestPostgres.execute(as(service), "create table trunkline.mine (a int)"))
        .isInstanceOf(IllegalStateException.class);
    TestPostgres.execute(
        as(owner),
        """
        create table trunkline.message_1 partition of trunkline.message
          for values from ('2001-01-01') to ('2001-01-02')
        """);
    try (StoreNode node = StoreNode.start(vertx, as(service))) {
      CreatedSession made = Await.result(node.sessions.create("alice", 0, null));
      assertThat(Await.result(node.sessions.find(made.id())).user()).isEqualTo("alice");
      Await.result(node.log.append(StoreNode.entry("user:alice", "bob", "1")));
      assertThat(Await.result(node.sessions.delete(SessionHash.of(made.id())))).isTrue();
      Await.result(node.log.retain());
    }
    assertThat(StoreQueries.number(url, partitions("= 'message_1'"))).isZero();
    assertThat(StoreQueries.number(url, partitions("<> 'message_1'"))).isPositive();
  }

  @Test
  void nobodyElseMayDropOrMakePartitions() {
    Migrations.migrate(as(owner));
    TestPostgres.execute(
        url,
        "alter default privileges for role "
            + owner
            + " in schema trunkline revoke all"
            + " on functions from "
            + service
            + "; revoke execute on all functions in schema trunkline from "
            + service);
    assertThatThrownBy(
            () ->
                TestPostgres.execute(
                    as(service), "select trunkline.drop_partitions(interval '1 day')"))
        .isInstanceOf(IllegalStateException.class);
  }

  private static String partitions(String name) {
    return "select count(*) from trunkline.message_partition where name " + name;
  }
}
