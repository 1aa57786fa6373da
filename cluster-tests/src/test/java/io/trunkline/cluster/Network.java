package io.trunkline.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A network of this run's own: for each node a namespace of Linux with one card, all of them on one
 * bridge. A node has three addresses, one for the cluster, one for the bus and one for clients,
 * operators and Postgres, and between two nodes each kind can be cut alone. A cut is silent, as
 * that of a switch which died: what is sent goes to a card that nobody has, connections stay open.
 *
 * <p>Needs root and iproute2. Everything is named after the process, and goes with {@link #close};
 * what a killed run has left goes when the next begins.
 */
final class Network implements AutoCloseable {
  /** Each a network 10.x.n.0/24. */
  enum Plane {
    CLUSTER(77),
    SERVICE(78),
    BUS(79);

    private final int number;

    Plane(int number) {
      this.number = number;
    }
  }

  private static final String PREFIX = "tk-";

  /** What we make: a bridge, or a node's namespace and card. */
  private static final Pattern OURS = Pattern.compile(PREFIX + "([0-9]+)(-[0-9]+)?");

  private static final String NOBODY = "02:00:00:00:00:01";

  /** The card of a node, as the node calls it. */
  private static final String CARD = "eth0";

  private static final int SUBNETS = 250;

  private final long pid = ProcessHandle.current().pid();
  private final String bridge = PREFIX + pid;
  private final int subnet;

  /** By name, the last part of its addresses. */
  private final Map<String, Integer> nodes = new HashMap<>();

  private Network() {
    sweep(0);
    sweep(pid);
    subnet = freeSubnet();
    ip("link add", bridge, "type bridge");
    ip("addr add", gateway() + "/24 dev", bridge);
    ip("link set", bridge, "up");
  }

  static Network open() {
    return new Network();
  }

  /** Why there can be no such network here; empty where there can. */
  static Optional<String> whatIsMissing() {
    try (Network network = open()) {
      Site one = network.site("one");
      Site other = network.site("other");
      // Where all is well nobody listens and it is refused; a firewall of this machine's is silent.
      List<String> probe = new ArrayList<>(one.launcher());
      String connect = "exec 3<>/dev/tcp/" + other.busHost() + "/9";
      probe.addAll(List.of("bash", "-c", "timeout 5 bash -c '" + connect + "'; [ $? -ne 124 ]"));
      run(probe);
      return Optional.empty();
    } catch (IllegalStateException | UncheckedIOException e) {
      return Optional.of("no network namespaces here: " + e.getMessage());
    }
  }

  /** The address at which this machine is in the network of clients, operators and Postgres. */
  String gateway() {
    return address(Plane.SERVICE, 1);
  }

  /** A new place for the node of this name. */
  Site site(String name) {
    int number = nodes.size() + 2;
    nodes.put(name, number);
    String space = space(number);
    ip("netns add", space);
    ip("link add", space, "type veth peer name", CARD, "netns", space);
    ip("link set", space, "master", bridge, "up");
    ip("-n", space, "link set lo up");
    ip("-n", space, "link set", CARD, "up");
    for (Plane plane : Plane.values()) {
      ip("-n", space, "addr add", address(plane, number) + "/24 dev", CARD);
    }
    return new Site(
        address(Plane.CLUSTER, number),
        address(Plane.BUS, number),
        address(Plane.SERVICE, number),
        List.of("ip", "netns", "exec", space));
  }

  /** From now on nothing passes between the one and the other nodes in this network. */
  void cut(Plane plane, List<String> one, List<String> other) {
    for (String a : one) {
      for (String b : other) {
        cut(plane, nodes.get(a), nodes.get(b));
        cut(plane, nodes.get(b), nodes.get(a));
      }
    }
  }

  private void cut(Plane plane, int from, int to) {
    String address = address(plane, to);
    ip("-n", space(from), "neigh replace", address, "lladdr", NOBODY, "nud permanent dev", CARD);
  }

  /** Pulls the cable of this node, for good: whatever it sends, or is sent, goes nowhere. */
  void unplug(String node) {
    ip("link set", space(nodes.get(node)), "down");
  }

  /** Undoes every {@link #cut}. */
  void mendAll() {
    for (int node : nodes.values()) {
      ip("-n", space(node), "neigh flush nud permanent dev", CARD);
    }
  }

  @Override
  public void close() {
    sweep(pid);
  }

  private String space(int number) {
    return bridge + "-" + number;
  }

  private String address(Plane plane, int number) {
    return "10." + plane.number + "." + subnet + "." + number;
  }

  /** Others may run the same tests on this machine. */
  private int freeSubnet() {
    for (int i = 0; i < SUBNETS; i++) {
      int candidate = (int) ((pid + i) % SUBNETS) + 1;
      String range = "10." + Plane.SERVICE.number + "." + candidate + ".0/24";
      if (ip("-4 -o addr show to", range).isBlank()) {
        return candidate;
      }
    }
    throw new IllegalStateException("every subnet is taken");
  }

  /** Removes what the process {@code owner} has made; 0: what processes made that are gone. */
  private static void sweep(long owner) {
    for (String space : ours("netns list", owner)) {
      ip("netns pids", space)
          .lines()
          .flatMap(process -> ProcessHandle.of(Long.parseLong(process.strip())).stream())
          .forEach(ProcessHandle::destroyForcibly);
      ip("netns del", space);
    }
    // The kernel takes its time to remove the cards of a namespace that is gone.
    ours("-o link show type veth", owner).forEach(Network::unlink);
    ours("-o link show type bridge", owner).forEach(Network::unlink);
  }

  private static void unlink(String card) {
    try {
      ip("link del", card);
    } catch (IllegalStateException e) {
      if (!e.getMessage().contains("Cannot find device")) {
        throw e;
      }
    }
  }

  private static List<String> ours(String listing, long owner) {
    return ip(listing)
        .lines()
        .map(OURS::matcher)
        .filter(Matcher::find)
        .filter(name -> isOf(owner, Long.parseLong(name.group(1))))
        .map(Matcher::group)
        .distinct()
        .toList();
  }

  private static boolean isOf(long owner, long process) {
    return owner == 0 ? ProcessHandle.of(process).isEmpty() : owner == process;
  }

  /** Runs {@code ip}; what it prints. */
  private static String ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(String.join(" ", arguments).split(" ")));
    return run(command);
  }

  private static String run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      byte[] output = process.getInputStream().readAllBytes();
      String said = new String(output, StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + said.strip());
      }
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
