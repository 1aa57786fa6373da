package io.trunkline.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.node.BadSetting;
import io.trunkline.node.Role;
import io.trunkline.node.Settings;
import io.trunkline.protocol.BusMessage.Caller;
import io.trunkline.protocol.Refusal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which channels there are, and who may do what with them. */
class ChannelRulesTest {
  @Test
  void theFirstPatternThatMatchesDecides() {
    ChannelRules rules =
        ChannelRules.parse(List.of("news.secret=ephemeral", "news.* = durable", "a=b=ephemeral"));
    assertThat(rules.channel("news.secret"))
        .isEqualTo(channel("news.secret", "news.secret", false));
    assertThat(rules.channel("news.sport")).isEqualTo(channel("news.sport", "news.*", true));
    assertThat(rules.channel("news.")).isEqualTo(channel("news.", "news.*", true));
    assertThat(rules.channel("a=b")).isEqualTo(channel("a=b", "a=b", false));
    assertThat(rules.channel("news")).isNull();
    assertThat(rules.channel("xnews.sport")).isNull();
  }

  private static Channel channel(String name, String pattern, boolean durable) {
    return new Channel(name, new ChannelRule(new NamePattern(pattern), durable));
  }

  @Test
  void aRuleSaysWhatBecomesOfSlowReaders() {
    ChannelRules rules =
        ChannelRules.parse(
            List.of(
                "a=ephemeral;slow=latest-only", "b=ephemeral ; slow=drop-oldest", "c=ephemeral"));
    assertThat(rules.channel("a").rule().slowReaders()).isEqualTo(SlowReaders.LATEST_ONLY);
    assertThat(rules.channel("b").rule().slowReaders()).isEqualTo(SlowReaders.DROP_OLDEST);
    assertThat(rules.channel("c").rule().slowReaders()).isEqualTo(SlowReaders.CLOSE);
  }

  @Test
  void aRuleSaysWhetherPresenceIsKept() {
    ChannelRules rules =
        ChannelRules.parse(
            List.of(
                "a=durable;presence=off",
                "b=ephemeral;slow=latest-only; presence=on",
                "c=durable"));
    assertThat(rules.channel("a").rule().presence()).isFalse();
    assertThat(rules.channel("b").rule().presence()).isTrue();
    assertThat(rules.channel("b").rule().slowReaders()).isEqualTo(SlowReaders.LATEST_ONLY);
    assertThat(rules.channel("c").rule().presence()).isTrue();
  }

  @Test
  void whatIsWrongWithAnOptionIsNamed() {
    assertWrong("a=durable;presence=yes", "presence=on or presence=off, not presence=yes");
    assertWrong(
        "a=durable;max_subscribers=0",
        "max_subscribers= a whole number from 1 to 10000000, not max_subscribers=0");
    assertWrong("a=durable;fast=1", "not fast=1 in a=durable;fast=1");
  }

  private static void assertWrong(String rule, String message) {
    assertThatThrownBy(() -> ChannelRules.parse(List.of(rule)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void whereNobodySaysOtherwiseEveryNameIsDurableButLiveOnes() {
    ChannelRules rules = settings(Map.of()).channels();
    assertThat(rules).isEqualTo(ChannelRules.DEFAULT);
    assertThat(rules.channel("news").durable()).isTrue();
    assertThat(rules.channel("live.cursor").durable()).isFalse();
  }

  @Test
  void anEmptySettingMeansNoChannels() {
    assertThat(ChannelRules.parse(List.of()).channel("news")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "news",
        "=durable",
        "news=",
        "news=lasting",
        "durable",
        "*=durable,x",
        "a=ephemeral;fast",
        "a=ephemeral;slow=never",
        "a=durable;slow=latest-only",
        "a=durable;presence",
        "a=durable;presence=yes",
        "a=durable;",
        "a=durable;=on",
        "a=durable;max_subscribers=0",
        "a=durable;max_subscribers=many",
        "a=durable;retention_hours=1.5",
        "a=ephemeral;retention_hours=1"
      })
  void aRuleThatIsNoneStopsTheStart(String rules) {
    assertThatThrownBy(() -> settings(Map.of("TRUNKLINE_CHANNELS", rules)))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining("TRUNKLINE_CHANNELS")
        .hasMessageContaining(rules);
  }

  @Test
  void aSessionThatNamesNoChannelsMayUseNone() {
    assertThatThrownBy(() -> Checks.mayUse("publish", "news", caller("broadcast", "subscribe:x")))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("publish");
    assertThatCode(() -> Checks.mayUse("publish", "news", caller("publish:*")))
        .doesNotThrowAnyException();
  }

  @Test
  void aSessionThatNamesSomeMayUseThose() {
    Caller caller = caller("publish:news.*", "publish:one", "subscribe:");
    for (String channel : List.of("news.sport", "one")) {
      assertThatCode(() -> Checks.mayUse("publish", channel, caller)).doesNotThrowAnyException();
    }
    for (String channel : List.of("news", "one.more", "other")) {
      assertThatThrownBy(() -> Checks.mayUse("publish", channel, caller))
          .isInstanceOf(Refusal.class)
          .hasMessageContaining("publish");
    }
    assertThatThrownBy(() -> Checks.mayUse("subscribe", "one", caller)).isInstanceOf(Refusal.class);
  }

  private static Caller caller(String... permissions) {
    return new Caller("alice", "00", List.of(permissions));
  }

  private static SessionServiceSettings settings(Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("TRUNKLINE_DATABASE_URL", "postgresql://u:p@localhost:5432/d");
    return SessionServiceSettings.from(Settings.load(Role.SESSION, new String[0], environment));
  }
}
