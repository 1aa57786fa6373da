package io.trunkline.node;

import java.util.Comparator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The refusal of a setting that there is not, with the one that was probably meant. */
final class Unknown {
  /** What may be a secret, though its key is not known to be one. */
  private static final Pattern SECRET =
      Pattern.compile("(KEY|SECRET|PASS|TOKEN|DATABASE|URL)|://", Pattern.CASE_INSENSITIVE);

  private Unknown() {}

  static BadSetting setting(String shownName, String name, String value) {
    Key meant =
        Stream.of(Key.values()).min(Comparator.comparingInt(k -> distance(k.name(), name))).get();
    boolean secret = meant.secret() || SECRET.matcher(name + " " + value).find();
    String shown = secret ? "" : " (its value is '" + value + "')";
    return new BadSetting(
        shownName
            + " is no setting"
            + shown
            + ", expected one that --help shows, perhaps "
            + meant.variable()
            + " ("
            + meant.yaml()
            + ")");
  }

  /** Levenshtein's distance, row by row. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
