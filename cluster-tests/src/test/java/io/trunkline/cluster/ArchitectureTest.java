package io.trunkline.cluster;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;

/** The arrows: gateway -> node -> protocol <- node <- session service. Nothing else. */
@AnalyzeClasses(packages = "io.trunkline", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String PROTOCOL = "io.trunkline.protocol..";
  private static final String HANDLER = "io.trunkline.handler..";
  private static final String CLI = "io.trunkline.cli..";
  private static final String NODE = "io.trunkline.node..";
  private static final String GATEWAY = "io.trunkline.gateway..";
  private static final String CONSOLE = "io.trunkline.console..";
  private static final String SESSION = "io.trunkline.session..";

  /** What may see SQL. Whoever adds a name here has thought about it. */
  private static final Set<String> STORES =
      Set.of(
          "ChannelRetention",
          "Conversations",
          "CursorStore",
          "Database",
          "Growth",
          "Link",
          "LogStore",
          "Migrations",
          "OuterSessions",
          "OutgoingStore",
          "QuietFlywayLog",
          "Retention",
          "Revocations",
          "SessionNotices",
          "SessionQuery",
          "SessionStore",
          "Sliding",
          "UserStore");

  /** These speak to an operator before there is a log, or where there is none. */
  private static final Set<String> SPEAKERS = Set.of("Program", "DemoMain", "TrunklineMain");

  @ArchTest
  static final ArchRule protocolSeesVertxCoreAndJavaOnly =
      classes()
          .that()
          .resideInAPackage(PROTOCOL)
          .should()
          .onlyDependOnClassesThat(resideInAnyPackage(PROTOCOL, "io.vertx.core..", "java.."));

  @ArchTest
  static final ArchRule handlerSeesProtocolAndVertxCoreOnly =
      classes()
          .that()
          .resideInAPackage(HANDLER)
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(HANDLER, PROTOCOL, "io.vertx.core..", "java.."));

  @ArchTest
  static final ArchRule commandLineSeesNothingElseOfOurs =
      noClasses().that().resideInAPackage(CLI).should().dependOnClassesThat(oursOutside(CLI));

  @ArchTest
  static final ArchRule nodeSeesProtocolAndNothingElseOfOurs =
      noClasses()
          .that()
          .resideInAPackage(NODE)
          .should()
          .dependOnClassesThat(oursOutside(NODE, PROTOCOL));

  @ArchTest
  static final ArchRule gatewaySeesNodeProtocolAndConsoleAndNothingElseOfOurs =
      noClasses()
          .that()
          .resideInAPackage(GATEWAY)
          .should()
          .dependOnClassesThat(oursOutside(GATEWAY, NODE, PROTOCOL, CONSOLE));

  @ArchTest
  static final ArchRule consoleSeesNothingElseOfOurs =
      noClasses()
          .that()
          .resideInAPackage(CONSOLE)
          .should()
          .dependOnClassesThat(oursOutside(CONSOLE));

  @ArchTest
  static final ArchRule sessionServiceSeesNodeAndProtocolAndNothingElseOfOurs =
      noClasses()
          .that()
          .resideInAPackage(SESSION)
          .should()
          .dependOnClassesThat(oursOutside(SESSION, NODE, PROTOCOL));

  @ArchTest
  static final ArchRule onlyStoresSeeSql =
      noClasses()
          .that(not(outermostIn(STORES).and(resideInAPackage("io.trunkline.session"))))
          .and(not(testSupport()))
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "io.vertx.sqlclient..",
                  "io.vertx.pgclient..",
                  "java.sql..",
                  "javax.sql..",
                  "org.postgresql..",
                  "org.flywaydb.."));

  @ArchTest
  static final ArchRule gatewayAndMessageTypesKnowNoStore =
      noClasses()
          .that()
          .resideInAnyPackage(GATEWAY, "io.trunkline.session.message..")
          .should()
          .dependOnClassesThat(outermostIn(STORES));

  @ArchTest
  static final ArchRule gatewayKnowsNoMessageType =
      noFields()
          .that()
          .areDeclaredInClassesThat()
          .resideInAPackage(GATEWAY)
          .should()
          .haveNameMatching("(?i).*(private_?message|broadcast_?type|presence_?type).*");

  @ArchTest
  static final ArchRule nobodySeesAMain =
      noClasses()
          .should()
          .dependOnClassesThat(
              simpleNameEndingWith("Main").and(resideInAPackage("io.trunkline..")));

  @ArchTest
  static final ArchRule nobodySeesDemoOrTests =
      noClasses()
          .that(not(testSupport()))
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "io.trunkline.demo..",
                  "io.trunkline.testing..",
                  "io.trunkline.cluster..",
                  "org.junit..",
                  "org.assertj.."));

  @ArchTest
  static final ArchRule onlyNodeSeesHazelcast =
      noClasses()
          .that(not(resideInAPackage(NODE)))
          .should()
          .dependOnClassesThat(resideInAPackage("com.hazelcast.."));

  @ArchTest
  static final ArchRule nobodyPrints =
      noClasses().that(not(outermostIn(SPEAKERS))).should(ACCESS_STANDARD_STREAMS);

  @ArchTest
  static final ArchRule nobodyLogsThroughTheJdk =
      noClasses().should().dependOnClassesThat(resideInAPackage("java.util.logging.."));

  private static DescribedPredicate<JavaClass> oursOutside(String... packages) {
    return resideInAPackage("io.trunkline..").and(not(resideInAnyPackage(packages)));
  }

  /** What only ever runs in tests and in the demo. */
  private static DescribedPredicate<JavaClass> testSupport() {
    return resideInAnyPackage(
        "io.trunkline.testing..", "io.trunkline.postgres..", "io.trunkline.demo..");
  }

  /** One of these classes, or a class inside of one. */
  private static DescribedPredicate<JavaClass> outermostIn(Set<String> names) {
    return DescribedPredicate.describe(
        "are or are inside of " + names,
        type -> names.contains(type.getName().replaceAll("^.*\\.|\\$.*$", "")));
  }
}
