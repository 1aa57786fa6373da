package io.trunkline.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A configuration out of {@code deploy}, made to fit the ports and files of a test. */
record ProxyConfig(String program, String text) {
  private static final List<String> GATEWAYS = List.of("10.0.0.11:8080", "10.0.0.12:8080");

  /** As it is shipped; {@code file} below {@code deploy/<program>}. */
  static ProxyConfig of(String program, String file) {
    try {
      return new ProxyConfig(program, Files.readString(Path.of("..", "deploy", program, file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another text where {@code old} stands, which must stand there. */
  ProxyConfig with(String old, Object replacement) {
    assertThat(text).as("the configuration of %s", program).contains(old);
    return new ProxyConfig(program, text.replace(old, replacement.toString()));
  }

  /** Without the line that is just this. */
  ProxyConfig without(String line) {
    return with("  " + line + "\n", "");
  }

  /** With the line in force that is just this behind a comment sign. */
  ProxyConfig uncommented(String line) {
    return with("  # " + line, "  " + line);
  }

  /** The gateway of this number, from 0, is at these ports. */
  ProxyConfig gateway(int number, int port, int managementPort) {
    String here = "127.0.0.1:" + port;
    return with(
        GATEWAYS.get(number), program.equals("haproxy") ? here + " port " + managementPort : here);
  }

  /** Listens on this port of 127.0.0.1, and not where it is shipped to. */
  ProxyConfig listening(int shipped, int port) {
    return program.equals("haproxy")
        ? with("  bind :" + shipped, "  bind 127.0.0.1:" + port)
        : with("    listen " + shipped, "    listen 127.0.0.1:" + port);
  }

  /** nginx' directories for bodies, which only root may make where they are by default. */
  ProxyConfig keepingFilesIn(Path directory) {
    StringBuilder paths = new StringBuilder("http {\n  access_log off;\n");
    for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
      paths.append("  " + kind + "_temp_path " + directory.resolve(kind) + ";\n");
    }
    return with("http {\n", paths);
  }
}
