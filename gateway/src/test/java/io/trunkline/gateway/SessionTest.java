package io.trunkline.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.Addresses;
import io.trunkline.protocol.BusMessage;
import io.trunkline.protocol.BusMessage.CheckSessions;
import io.trunkline.protocol.BusMessage.Reply;
import io.trunkline.protocol.BusMessage.SessionState;
import io.trunkline.protocol.BusMessage.SessionStates;
import io.trunkline.protocol.BusMessage.SessionsChanged;
import io.trunkline.protocol.BusMessage.SessionsEnded;
import io.trunkline.protocol.CloseCode;
import io.trunkline.protocol.Directive;
import io.trunkline.protocol.FrameWriter;
import io.trunkline.testing.Await;
import io.trunkline.testing.WebSocketProbe;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who a connection is, from its first frame to the end of its session. */
class SessionTest {
  /** The protocol promises 1 s from the delete; a busy machine may add some. */
  private static final Duration SOON = Duration.ofSeconds(3);

  @RegisterExtension static final Rig rig = new Rig("MAX_CONNECTIONS_PER_USER", "2");

  @Test
  void aConnectionTriesUntilItsSessionIsValid() {
    WebSocketProbe probe = rig.connect();
    assertThat(probe.session("nobody").getString("status")).isEqualTo("expired");
    assertThat(probe.session(" ").getString("status")).isEqualTo("empty");
    probe.send(new JsonObject().put("type", "session").put("id", "c-1"));
    JsonObject empty = probe.expect("session");
    assertThat(empty.getString("status")).isEqualTo("empty");
    assertThat(empty.getString("id")).isEqualTo("c-1");
    assertThat(probe.session(rig.service().session("alice")).getString("user")).isEqualTo("alice");
  }

  @Test
  void requestsSayWhoAsks() {
    String id = rig.service().session("alice");
    WebSocketProbe probe = rig.loginWith(id);
    probe.send("{\"type\":\"echo\",\"content\":1}");
    probe.expect("echo");
    BusMessage.Request request = rig.service().requests("echo").get(0);
    assertThat(request.caller().user()).isEqualTo("alice");
    assertThat(request.caller().session()).isEqualTo(ScriptedService.hash(id));
    assertThat(request.caller().permissions()).containsExactly("broadcast");
    assertThat(request.node()).isEqualTo("g1");
    assertThat(request.attempt()).isEqualTo(1);
    assertThat(request.timeoutMillis()).isBetween(1, 4500);
    assertThat(request.connection()).isNotBlank();
    assertThat(new String(request.body(), UTF_8)).isEqualTo("{\"type\":\"echo\",\"content\":1}");
  }

  @Test
  void theHandshakesLookUpHasNoCaller() {
    rig.login("alice");
    assertThat(rig.service().requests("session").get(0).caller()).isNull();
  }

  @Test
  void twoConnectionsHaveDifferentIds() {
    rig.login("alice");
    rig.login("alice");
    List<BusMessage.Request> both = rig.service().requests("session");
    assertThat(both.get(0).connection()).isNotEqualTo(both.get(1).connection());
  }

  @Test
  void whatASessionMayDoAndUntilWhenChangesWithItsRow() {
    String id = rig.service().session("alice");
    WebSocketProbe probe = rig.loginWith(id);
    String hash = ScriptedService.hash(id);
    long later = System.currentTimeMillis() + 60_000;
    rig.service()
        .publish(new SessionsChanged(List.of(new SessionState(hash, later, List.of("presence")))));
    Await.until(
        () -> {
          probe.send("{\"type\":\"echo\",\"content\":1}");
          probe.expect("echo");
          List<BusMessage.Request> asked = rig.service().requests("echo");
          return asked.get(asked.size() - 1).caller().permissions().equals(List.of("presence"));
        },
        "the new permissions are held to");
    rig.service().answerAt(Addresses.SESSIONS, q -> Future.succeededFuture(states(q)));
    rig.service().publish(new SessionsChanged(List.of(new SessionState(hash, 1, List.of()))));
    assertThat(probe.closeCode(SOON)).isEqualTo(4001);
  }

  private static BusMessage states(BusMessage question) {
    return new SessionStates(
        java.util.Collections.nCopies(((CheckSessions) question).sessions().size(), 0L));
  }

  // 4001

  @Test
  void aSessionThatIsEndedClosesItsConnectionsWith4001() {
    String id = rig.service().session("alice");
    WebSocketProbe one = rig.loginWith(id);
    WebSocketProbe other = rig.loginWith(id);
    WebSocketProbe bob = rig.login("bob");
    rig.service().publish(new SessionsEnded(List.of("another", ScriptedService.hash(id))));
    assertThat(one.closeCode(SOON)).isEqualTo(4001);
    assertThat(other.closeCode(SOON)).isEqualTo(4001);
    bob.expectNothing();
  }

  @Test
  void aHandlersCloseFollowsItsAnswer() {
    rig.service()
        .answer(
            "logout",
            request ->
                Future.succeededFuture(
                    Reply.of(
                        FrameWriter.frame("session").string("status", "empty").end(),
                        new Directive.Close(CloseCode.SESSION_ENDED))));
    WebSocketProbe probe = rig.login("alice");
    probe.send("{\"type\":\"logout\"}");
    assertThat(probe.expect("session").getString("status")).isEqualTo("empty");
    assertThat(probe.closeCode()).isEqualTo(4001);
  }

  @Test
  void whoseSessionNobodyCanAskForWhenItRunsOutIsSentAway() {
    rig.service().answerAt(Addresses.SESSIONS, question -> ScriptedService.SILENCE);
    String id = rig.service().session("alice", System.currentTimeMillis() + 1000);
    assertThat(rig.loginWith(id).closeCode(Duration.ofSeconds(5))).isEqualTo(4100);
  }

  @Test
  void theEndOfASessionThatWasReplacedClosesNothing() {
    String old = rig.service().session("alice");
    WebSocketProbe probe = rig.loginWith(old);
    probe.session(rig.service().session("alice"));
    rig.service().publish(new SessionsEnded(List.of(ScriptedService.hash(old))));
    WebSocketProbe witness = rig.loginWith(old);
    rig.service().publish(new SessionsEnded(List.of(ScriptedService.hash(old))));
    assertThat(witness.closeCode(SOON)).isEqualTo(4001);
    probe.expectNothing();
  }

  @Test
  void anAnswerAboutASessionThatWasReplacedMeanwhileClosesNothing() {
    Promise<BusMessage> answer = Promise.promise();
    String old = rig.service().session("alice", System.currentTimeMillis() + 1000);
    rig.service().answerAt(Addresses.SESSIONS, question -> answer.future());
    WebSocketProbe probe = rig.loginWith(old);
    Await.until(() -> !checksOf(old).isEmpty(), "the session is asked for");
    probe.session(rig.service().session("alice"));
    answer.complete(new SessionStates(List.of(0L)));
    probe.send("{\"type\":\"echo\",\"content\":1}");
    probe.expect("echo");
  }

  @Test
  void aQuestionThatIsNotAnsweredClosesOnlyThoseWhoStillHaveTheSession() {
    rig.service().answerAt(Addresses.SESSIONS, question -> ScriptedService.SILENCE);
    long at = System.currentTimeMillis() + 1000;
    String old = rig.service().session("alice", at);
    WebSocketProbe alice = rig.loginWith(old);
    List<WebSocketProbe> others =
        Stream.of("a", "b", "c", "d", "e", "f")
            .map(user -> rig.loginWith(rig.service().session(user, at)))
            .toList();
    Await.until(() -> !checksOf(old).isEmpty(), "the session is asked for");
    alice.session(rig.service().session("alice"));
    others.forEach(other -> assertThat(other.closeCode()).isEqualTo(4100));
    alice.send("{\"type\":\"echo\",\"content\":1}");
    alice.expect("echo");
  }

  private static List<CheckSessions> checksOf(String id) {
    return rig.service().asked(CheckSessions.class).stream()
        .filter(check -> check.sessions().contains(ScriptedService.hash(id)))
        .toList();
  }

  // 4004 and 429

  @Test
  void oneConnectionTooManyOfAUserIs429InTheHandshake() {
    rig.login("alice");
    rig.login("alice");
    String third = rig.service().session("alice");
    assertThat(rig.refused("/ws", Map.of("Authorization", "Bearer " + third)).status())
        .isEqualTo(429);
    rig.login("bob");
  }

  @Test
  void oneConnectionTooManyOfAUserIs4004AfterTheUpgrade() {
    rig.login("alice");
    rig.login("alice");
    WebSocketProbe third = rig.connect();
    third.send(
        new JsonObject().put("type", "session").put("session_id", rig.service().session("alice")));
    assertThat(third.closeCode()).isEqualTo(4004);
    assertThat(third.waiting()).isZero();
  }

  @Test
  void aConnectionThatEndsMakesRoomForAnother() {
    rig.login("alice").abort();
    rig.login("alice").close(1000, "");
    Await.until(() -> !rig.gateway().users().isFull("alice"), "they are gone");
    Await.until(() -> rig.gateway().connections() == 0, "they are gone");
    rig.login("alice");
    rig.login("alice");
  }

  @Test
  void aSessionGivenTwiceCountsOnce() {
    WebSocketProbe one = rig.login("alice");
    one.session(rig.service().session("alice"));
    one.session(rig.service().session("alice"));
    rig.login("alice");
  }
}
