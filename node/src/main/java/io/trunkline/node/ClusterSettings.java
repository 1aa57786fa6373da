package io.trunkline.node;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A node's place in the cluster.
 *
 * @param clusterHost at which the other nodes reach Hazelcast here; never a wildcard
 * @param clusterMembers {@code host:port} of others, or one {@code kubernetes:<headless service>};
 *     empty for a cluster of one, which others may join
 * @param busPort of the event bus; 0 takes any that is free
 * @param busTls null: the event bus is plain
 */
public record ClusterSettings(
    String nodeName,
    String clusterHost,
    int clusterPort,
    List<String> clusterMembers,
    String clusterName,
    String busHost,
    int busPort,
    int eventLoops,
    BusTls busTls) {

  static final String KUBERNETES_PREFIX = "kubernetes:";

  /** It becomes part of bus addresses and log lines. */
  private static final Pattern NODE_NAME = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  private static final Pattern MEMBER =
      Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\]):[0-9]{1,5}");
  private static final Pattern SERVICE = Pattern.compile("kubernetes:[A-Za-z0-9.-]+");

  public ClusterSettings {
    clusterMembers = List.copyOf(clusterMembers);
    check(NODE_NAME.matcher(nodeName).matches(), Key.NODE_NAME, nodeName);
    checkReachable(Key.CLUSTER_HOST, clusterHost);
    checkReachable(Key.BUS_HOST, busHost);
    check(clusterPort > 0, Key.CLUSTER_PORT, String.valueOf(clusterPort));
    check(eventLoops > 0, Key.EVENT_LOOPS, String.valueOf(eventLoops));
    boolean service =
        clusterMembers.size() == 1 && SERVICE.matcher(clusterMembers.get(0)).matches();
    check(
        service || clusterMembers.stream().allMatch(ClusterSettings::isMember),
        Key.CLUSTER_MEMBERS,
        String.join(",", clusterMembers));
  }

  /** With a plain event bus. */
  public ClusterSettings(
      String nodeName,
      String clusterHost,
      int clusterPort,
      List<String> clusterMembers,
      String clusterName,
      String busHost,
      int busPort,
      int eventLoops) {
    this(
        nodeName,
        clusterHost,
        clusterPort,
        clusterMembers,
        clusterName,
        busHost,
        busPort,
        eventLoops,
        null);
  }

  public static ClusterSettings from(Settings settings) {
    String clusterHost = settings.required(Key.CLUSTER_HOST);
    int clusterPort = settings.integer(Key.CLUSTER_PORT);
    String nodeName = settings.text(Key.NODE_NAME);
    String busHost = settings.text(Key.BUS_HOST);
    return new ClusterSettings(
        nodeName == null ? hostName() + ":" + clusterPort : nodeName,
        clusterHost,
        clusterPort,
        settings.list(Key.CLUSTER_MEMBERS),
        settings.required(Key.CLUSTER_NAME),
        busHost == null ? clusterHost : busHost,
        settings.integer(Key.BUS_PORT),
        settings.integer(Key.EVENT_LOOPS, Runtime.getRuntime().availableProcessors()),
        BusTls.from(settings));
  }

  /** The headless service of Kubernetes that lists the members, or null. */
  String kubernetesService() {
    boolean service =
        clusterMembers.size() == 1 && clusterMembers.get(0).startsWith(KUBERNETES_PREFIX);
    return service ? clusterMembers.get(0).substring(KUBERNETES_PREFIX.length()) : null;
  }

  private static boolean isMember(String member) {
    return MEMBER.matcher(member).matches()
        && Integer.parseInt(member.substring(member.lastIndexOf(':') + 1)) <= 65_535;
  }

  private static void checkReachable(Key key, String host) {
    check(!host.isBlank() && !host.equals("0.0.0.0") && !host.equals("::"), key, host);
  }

  private static void check(boolean good, Key key, String value) {
    if (!good) {
      throw BadSetting.of(key, value);
    }
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException nameless) {
      return "localhost";
    }
  }
}
