package io.trunkline.node;

/**
 * The command line.
 *
 * @param config the file that {@code --config} names, or null
 */
record Arguments(Wish wish, String config) {

  /** What the operator wants of the process. */
  enum Wish {
    RUN,
    /** To do what the program does once, before it runs: a role's own task, if it has one. */
    PREPARE,
    CHECK_CONFIG,
    PRINT_CONFIG,
    HELP
  }

  static final String USAGE =
      """
      Options:
        --config FILE    read settings from a YAML file (or set TRUNKLINE_CONFIG)
        --check-config   check the settings and exit: 0 when good, 78 when not
        --print-config   print the settings in force, secrets masked, and exit
        --help           print this and exit

      Settings, each a variable, a YAML key, or a file that holds the value (..._FILE):
      """;

  /** As below, for a program without a task of its own. */
  static Arguments parse(String... args) {
    return parse(null, args);
  }

  /**
   * Reads them.
   *
   * @param task the option that asks for the program's own task; null: it has none
   */
  static Arguments parse(String task, String[] args) {
    Wish wish = Wish.RUN;
    String config = null;
    for (int i = 0; i < args.length; i++) {
      String arg = args[i];
      if (arg.equals(task)) {
        wish = Wish.PREPARE;
        continue;
      }
      switch (arg) {
        case "--check-config" -> wish = Wish.CHECK_CONFIG;
        case "--print-config" -> wish = Wish.PRINT_CONFIG;
        case "--help", "-h" -> wish = Wish.HELP;
        case "--config" -> config = value(args, ++i);
        default -> {
          if (!arg.startsWith("--config=")) {
            throw new BadSetting("unknown argument '" + arg + "', expected one that --help shows");
          }
          config = arg.substring("--config=".length());
        }
      }
    }
    return new Arguments(wish, config);
  }

  private static String value(String[] args, int at) {
    if (at >= args.length) {
      throw new BadSetting("--config is followed by nothing, expected a YAML file");
    }
    return args[at];
  }
}
