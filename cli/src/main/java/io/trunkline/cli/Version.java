package io.trunkline.cli;

import picocli.CommandLine.IVersionProvider;

/** As the jar's manifest has it. */
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"trunkline " + text()};
  }

  public static String text() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "(not from a jar)" : version;
  }
}
