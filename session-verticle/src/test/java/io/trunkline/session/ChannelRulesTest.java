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
    assertThat(rules.channel("news.secret")).isEqualTo(channel("news.secret", false));
    assertThat(rules.channel("news.sport")).isEqualTo(channel("news.sport", true));
    assertThat(rules.channel("news.")).isEqualTo(channel("news.", true));
    assertThat(rules.channel("a=b")).isEqualTo(channel("a=b", false));
    assertThat(rules.channel("news")).isNull();
    assertThat(rules.channel("xnews.sport")).isNull();
  }

  private static Channel channel(String name, boolean durable) {
    return new Channel(name, durable, SlowReaders.CLOSE);
  }

  @Test
  void aRuleSaysWhatBecomesOfSlowReaders() {
    ChannelRules rules =
        ChannelRules.parse(
            List.of(
                "a=ephemeral;slow=latest-only", "b=ephemeral ; slow=drop-oldest", "c=ephemeral"));
    assertThat(rules.channel("a").slowReaders()).isEqualTo(SlowReaders.LATEST_ONLY);
    assertThat(rules.channel("b").slowReaders()).isEqualTo(SlowReaders.DROP_OLDEST);
    assertThat(rules.channel("c").slowReaders()).isEqualTo(SlowReaders.CLOSE);
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
        "a=durable;slow=latest-only"
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
