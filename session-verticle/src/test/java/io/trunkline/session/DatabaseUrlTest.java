package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DatabaseUrlTest {

  @Test
  void aUrlIsTakenApart() {
    assertThat(DatabaseUrl.parse("postgresql://me:p%40ss%2F+%25@db.example:5433/my%20data"))
        .isEqualTo(new DatabaseUrl("db.example", 5433, "my data", "me", "p@ss/+%"));
    assertThat(DatabaseUrl.parse("postgresql://me@[::1]/d"))
        .isEqualTo(new DatabaseUrl("::1", 5432, "d", "me", ""));
    assertThat(DatabaseUrl.parse("postgresql://me@[::1]/d").jdbc())
        .isEqualTo("jdbc:postgresql://[::1]:5432/d");
  }

  @Test
  void aBadUrlIsRefusedWithoutShowingIt() {
    for (String bad :
        new String[] {
          "",
          "mysql://me:secret@h/d",
          "postgresql://me:secret@h",
          "postgresql://me:secret@h/",
          "postgresql://h/d",
          "postgresql://me:sec ret@h/d",
          "jdbc:postgresql://h/secret"
        }) {
      assertThatThrownBy(() -> DatabaseUrl.parse(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageNotContaining("secret")
          .hasMessageContaining("postgresql://user:password@host:port/database");
    }
  }

  @Test
  void settingsDoNotShowThePassword() {
    String shown = new StoreSettings("postgresql://me:secret@h/d", 1, 1, 1).toString();
    assertThat(shown).doesNotContain("secret").doesNotContain("postgresql");
    assertThat(DatabaseUrl.parse("postgresql://me:secret@h/d").toString()).isEqualTo("h:5432/d");
  }
}
