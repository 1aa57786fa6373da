package io.trunkline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ApiKeyTest {
  private static ApiKey of(String value) {
    Map<String, String> variables = Map.of("TRUNKLINE_API_KEY", value);
    return ApiKey.read(
        new Shell(variables, InputStream.nullInputStream(), System.out, System.err, false), null);
  }

  @Test
  void ofSeveralAsAGatewayHasThemItIsTheFirst() {
    assertThat(of("only").value()).isEqualTo("only");
    assertThat(of("new, old").value()).isEqualTo("new");
    assertThat(of(" ,old").value()).isEqualTo("old");
  }

  @Test
  void whatNoHeaderCanHoldIsRefusedWithoutShowingIt() {
    for (String bad : new String[] {"se cret", "secr\u00e9t", ","}) {
      assertThatThrownBy(() -> of(bad))
          .isInstanceOf(Failure.class)
          .hasMessage("TRUNKLINE_API_KEY: expected visible ASCII without blanks");
    }
  }
}
