package io.trunkline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class PlaceTest {
  @Test
  void whatHasBeenTakenIsNotTakenAgainOnTheNextConnection() {
    Place place = new Place(null, null);
    assertThat(place.joined(session(2, true))).isTrue();
    assertThat(place.takes(message(1))).isTrue();
    assertThat(place.takes(message(2))).isTrue();
    assertThat(place.last()).isEqualTo(2);

    place.joined(session(3, true));
    assertThat(place.takes(message(2))).isFalse();
    assertThat(place.takes(message(3))).isTrue();
  }

  @Test
  void channelBeginsWithItsHeadSoThatWhatComesWhileAwayIsAskedFor() {
    Place place = new Place("news", null);
    place.joined(session(7, true));
    assertThat(place.last()).isEqualTo(7);
  }

  @Test
  void placeBeyondTheHeadGoesBackToItAndIsToldAsNotRecovered() {
    Place place = new Place("news", 9L);
    assertThat(place.joined(session(3, false))).isFalse();
    assertThat(place.last()).isEqualTo(3);
  }

  @Test
  void messagesOfAnotherTopicAreNotTaken() {
    Place place = new Place("news", 0L);
    assertThat(place.takes(message(1))).isFalse();
    assertThat(place.takes(message(1).put("type", "message").put("channel", "other"))).isFalse();
  }

  private static JsonObject session(long head, boolean recovered) {
    return new JsonObject().put("offset", head).put("recovered", recovered);
  }

  private static JsonObject message(long offset) {
    return new JsonObject().put("type", "private_message").put("offset", offset);
  }
}
