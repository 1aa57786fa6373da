package io.trunkline.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  @TempDir Path directory;

  @Test
  void defaultsHoldWhereNothingIsSet() {
    Settings settings = gateway(Map.of());
    assertThat(settings.integer(Key.HTTP_PORT)).isEqualTo(8080);
    assertThat(settings.text(Key.HTTP_HOST)).isEqualTo("0.0.0.0");
    assertThat(settings.bool(Key.ECHO)).isTrue();
    assertThat(settings.list(Key.ALLOWED_ORIGINS)).isEmpty();
    assertThat(settings.text(Key.API_KEY)).isNull();
    assertThat(settings.integer(Key.EVENT_LOOPS, 3)).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(Key.class)
  void eachDefaultIsAValueOfItsKind(Key key) {
    if (key.absent() != null && !key.absent().isEmpty()) {
      assertThat(key.accepts(key.absent())).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http:\n  port: 7001",
        "http.port: 7001",
        "http_port: '7001'",
        "http:\n  port: 7001\ndatabase.url: not-ours"
      })
  void aYamlKeyIsNestedOrDotted(String yaml) throws IOException {
    assertThat(gateway(Map.of(), "--config", file(yaml)).integer(Key.HTTP_PORT)).isEqualTo(7001);
  }

  @Test
  void theEnvironmentWinsOverTheFile() throws IOException {
    String file = file("http.port: 7001\necho: false");
    Settings settings = gateway(Map.of("TRUNKLINE_CONFIG", file, "TRUNKLINE_HTTP_PORT", "7002"));
    assertThat(settings.integer(Key.HTTP_PORT)).isEqualTo(7002);
    assertThat(settings.bool(Key.ECHO)).isFalse();
  }

  @Test
  void theArgumentNamesTheFileBeforeTheVariableDoes() throws IOException {
    Map<String, String> environment = Map.of("TRUNKLINE_CONFIG", file("http.port: 1"));
    String file = file("http.port: 2");
    assertThat(gateway(environment, "--config=" + file).integer(Key.HTTP_PORT)).isEqualTo(2);
  }

  @Test
  void aFileHoldsTheValueWithoutItsLastLineEnd() throws IOException {
    Map<String, String> environment = Map.of("TRUNKLINE_API_KEY_FILE", file(" hush \n"));
    assertThat(gateway(environment).text(Key.API_KEY)).isEqualTo(" hush ");
    String yaml = file("api.key_file: " + file("hush"));
    assertThat(gateway(Map.of(), "--config", yaml).text(Key.API_KEY)).isEqualTo("hush");
  }

  @Test
  void aVariablesFileWinsOverTheYamlsValue() throws IOException {
    Map<String, String> environment =
        Map.of("TRUNKLINE_CONFIG", file("api.key: a"), "TRUNKLINE_API_KEY_FILE", file("b"));
    assertThat(gateway(environment).text(Key.API_KEY)).isEqualTo("b");
  }

  @Test
  void aYamlListIsAList() throws IOException {
    String yaml = file("cluster:\n  members:\n    - a:1\n    - b:2");
    assertThat(gateway(Map.of(), "--config", yaml).list(Key.CLUSTER_MEMBERS))
        .containsExactly("a:1", "b:2");
  }

  @Test
  void whatTheOtherProcessReadsIsLetPassWhateverItIs() {
    Settings session =
        Settings.load(
            Role.SESSION, new String[0], Map.of("TRUNKLINE_HTTP_PORT", "tcp://10.0.0.1:80"));
    assertThat(session.print()).doesNotContain("http.port");
    assertThat(gateway(Map.of("TRUNKLINE_DATABASE_URL_FILE", "/nowhere")).print())
        .doesNotContain("database");
  }

  @Test
  void whatTestsNeedIsLetPass() {
    assertThat(gateway(Map.of("TRUNKLINE_TEST_DATABASE_URL", "postgresql://x"))).isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "TRUNKLINE_HTTP_PORT | 65536 | TRUNKLINE_HTTP_PORT (http.port) is '65536', expected a whole"
            + " number from 0 to 65535",
        "TRUNKLINE_HTTP_PORT | '' | TRUNKLINE_HTTP_PORT (http.port) is '', expected a whole number"
            + " from 0 to 65535",
        "TRUNKLINE_ECHO | yes | TRUNKLINE_ECHO (echo) is 'yes', expected true or false",
        "TRUNKLINE_HTP_PORT | 1 | TRUNKLINE_HTP_PORT is no setting (its value is '1'), expected one"
            + " that --help shows, perhaps TRUNKLINE_HTTP_PORT (http.port)",
        "TRUNKLINE_API_KEYS | hush | TRUNKLINE_API_KEYS is no setting, expected one that --help"
            + " shows, perhaps TRUNKLINE_API_KEY (api.key)",
        "TRUNKLINE_API_KEY_FILE | /nowhere | TRUNKLINE_API_KEY_FILE is '/nowhere', expected a"
            + " readable file"
      })
  void aBadVariableIsRefusedInOneLine(String variable, String value, String line) {
    assertThatThrownBy(() -> gateway(Map.of(variable, value)))
        .isInstanceOf(BadSetting.class)
        .hasMessage(line);
  }

  @Test
  void aSecretsBadValueIsNeverShown() {
    Map<String, String> environment = Map.of("TRUNKLINE_DATABASE_URL", "mysql://u:hush@h/d");
    assertThatThrownBy(() -> Settings.load(Role.SESSION, new String[0], environment))
        .hasMessageContaining("TRUNKLINE_DATABASE_URL (database.url) has a bad value (not shown)")
        .hasMessageNotContaining("hush");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'htp.port: 1' | key htp.port in",
        "'http: {prt: 1}' | key http.prt in",
        "'http.port: 1\nhttp: {port: 2}' | with http.port twice, expected each key once",
        "'http.port: 1\nhttp.port: 2' | at line 2, expected YAML with each key once",
        "'api.key: hush\n  b: [' | at line 2, expected YAML",
        "'api.key: !!java.net.URL [hush]' | expected YAML",
        "'- hush' | expected a mapping of keys to values",
        "'just hush' | expected a mapping of keys to values"
      })
  void aBadFileIsRefusedWithoutQuotingIt(String yaml, String message) throws IOException {
    String file = file(yaml);
    assertThatThrownBy(() -> gateway(Map.of(), "--config", file))
        .isInstanceOf(BadSetting.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("hush")
        .hasMessageNotContaining("\n");
  }

  @Test
  void anEmptyFileSetsNothing() throws IOException {
    assertThat(gateway(Map.of(), "--config", file("# nothing\n")).integer(Key.HTTP_PORT))
        .isEqualTo(8080);
  }

  @Test
  void aFileThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> gateway(Map.of(), "--config", "/nowhere"))
        .hasMessage("settings file '/nowhere', expected a readable file");
    assertThatThrownBy(() -> gateway(Map.of(), "--config"))
        .hasMessage("--config is followed by nothing, expected a YAML file");
  }

  @Test
  void aValueAndItsFileAreRefusedTogether() {
    Map<String, String> both =
        Map.of("TRUNKLINE_API_KEY", "hush", "TRUNKLINE_API_KEY_FILE", "/nowhere");
    assertThatThrownBy(() -> gateway(both))
        .hasMessage("TRUNKLINE_API_KEY_FILE is set beside TRUNKLINE_API_KEY, expected one of them");
  }

  @Test
  void whatIsMissingIsNamed() {
    Settings settings = Settings.load(Role.SESSION, new String[0], Map.of());
    assertThatThrownBy(() -> settings.required(Key.DATABASE_URL))
        .hasMessage(
            "TRUNKLINE_DATABASE_URL (database.url) is not set,"
                + " expected postgresql://user:password@host:port/database");
  }

  @ParameterizedTest
  @CsvSource({
    "TRUNKLINE_NODE_NAME, a b",
    "TRUNKLINE_CLUSTER_HOST, 0.0.0.0",
    "TRUNKLINE_BUS_HOST, '::'",
    "TRUNKLINE_CLUSTER_MEMBERS, nowhere",
    "TRUNKLINE_CLUSTER_MEMBERS, 'a:1,kubernetes:b'",
    "TRUNKLINE_CLUSTER_MEMBERS, a:70000"
  })
  void aBadPlaceInTheClusterIsRefused(String variable, String value) {
    assertThatThrownBy(() -> ClusterSettings.from(gateway(Map.of(variable, value))))
        .isInstanceOf(BadSetting.class)
        .hasMessageStartingWith(variable + " (")
        .hasMessageContaining(" is '" + value + "', expected ");
  }

  @Test
  void aNodeIsNamedAfterItsHostAndClusterPortUnlessToldOtherwise() {
    ClusterSettings settings =
        ClusterSettings.from(gateway(Map.of("TRUNKLINE_CLUSTER_PORT", "5799")));
    assertThat(settings.nodeName()).endsWith(":5799");
    assertThat(settings.busHost()).isEqualTo("127.0.0.1");
    assertThat(settings.eventLoops()).isPositive();
  }

  private static Settings gateway(Map<String, String> environment, String... args) {
    return Settings.load(Role.GATEWAY, args, environment);
  }

  private String file(String content) throws IOException {
    return Files.writeString(Files.createTempFile(directory, "file", ".yaml"), content).toString();
  }
}
