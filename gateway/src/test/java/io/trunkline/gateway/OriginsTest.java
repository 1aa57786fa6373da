package io.trunkline.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OriginsTest {
  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "none, chat.example",
        "http://chat.example, chat.example",
        "https://chat.example, chat.example",
        "HTTPS://Chat.Example, chat.example",
        "http://chat.example, chat.example:80",
        "https://chat.example, chat.example:443",
        "http://chat.example:8080, chat.example:8080",
        "http://[::1]:8080, [::1]:8080",
        "http://my_gateway:8080, my_gateway:8080",
      })
  void noOriginAndTheSameOriginPass(String origin, String host) {
    assertThat(new Origins(List.of()).allows(origin, host)).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "https://evil.example, chat.example",
        "https://chat.example.evil.example, chat.example",
        "https://evil.example/chat.example, chat.example",
        "https://chat.example@evil.example, chat.example",
        "https://chat.example:8443, chat.example",
        "http://chat.example:8080, chat.example:8081",
        "'', chat.example",
        "null, chat.example",
        "file://, chat.example",
        "://chat.example, chat.example",
        "chat.example, chat.example",
        "https://chat.example, none",
      })
  void othersAreRefused(String origin, String host) {
    assertThat(new Origins(List.of()).allows(origin, host)).isFalse();
  }

  @Test
  void thoseOfTheListPass() {
    Origins origins = new Origins(List.of("https://App.example", "https://other.example:8443"));
    assertThat(origins.allows("https://app.example", "chat.example")).isTrue();
    assertThat(origins.allows("https://other.example:8443", "chat.example")).isTrue();
    assertThat(origins.allows("https://other.example", "chat.example")).isFalse();
    assertThat(origins.allows("http://app.example", "chat.example")).isFalse();
  }

  @Test
  void aStarAllowsEveryone() {
    assertThat(new Origins(List.of("*")).allows("https://evil.example", "chat.example")).isTrue();
  }
}
