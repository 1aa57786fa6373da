package io.trunkline.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Lines over a logarithmic axis, as an SVG that needs nothing else. */
final class Curve {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 320;
  private static final int LEFT = 60;
  private static final int RIGHT = 20;
  private static final int BOTTOM = 46;
  private static final int TOP = 40;
  private static final int LINES = 4;
  private static final String[] COLOURS = {"#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e"};

  private static final String STYLE =
      """
      <style>text{font:12px system-ui,sans-serif;fill:#1b1f24}.b{fill:#fff}
      .g{stroke:#1b1f24;stroke-opacity:.15}@media(prefers-color-scheme:dark){text{fill:#e6edf3}
      .b{fill:#0d1117}.g{stroke:#e6edf3}}</style>
      """;

  private final StringBuilder svg = new StringBuilder();
  private final double fromX;
  private final double toX;
  private final double topY;

  private Curve(double fromX, double toX, double topY) {
    this.fromX = Math.log10(fromX);
    this.toX = Math.log10(Math.max(toX, fromX * 1.01));
    this.topY = round(topY);
  }

  /**
   * Draws them.
   *
   * @param across what the horizontal axis has; its values are above 0
   * @param lines each with its name and its points, x and y
   */
  static String draw(String title, String across, Map<String, List<double[]>> lines) {
    List<double[]> all = lines.values().stream().flatMap(List::stream).toList();
    if (all.isEmpty()) {
      return "";
    }
    double from = all.stream().mapToDouble(p -> p[0]).min().orElseThrow();
    double to = all.stream().mapToDouble(p -> p[0]).max().orElseThrow();
    double top = all.stream().mapToDouble(p -> p[1]).max().orElseThrow();
    return new Curve(from, to, Math.max(1e-9, top)).all(title, across, lines);
  }

  private String all(String title, String across, Map<String, List<double[]>> lines) {
    add("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 ", WIDTH, " ", HEIGHT);
    add("' width='", WIDTH, "' role='img' aria-label='", escape(title), "'>", STYLE);
    add("<rect class='b' width='", WIDTH, "' height='", HEIGHT, "'/>\n");
    text(LEFT, 16, "start", title);
    text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, "middle", across);
    for (int i = 0; i <= LINES; i++) {
      double value = topY * i / LINES;
      add("<path class='g' d='M", LEFT, " ", pixels(y(value)), "H", WIDTH - RIGHT, "'/>\n");
      text(LEFT - 6, y(value) + 4, "end", number(value));
    }
    lines.values().stream()
        .flatMap(List::stream)
        .mapToDouble(p -> p[0])
        .distinct()
        .forEach(x -> text(x(x), HEIGHT - BOTTOM + 16, "middle", number(x)));
    int index = 0;
    for (Map.Entry<String, List<double[]>> line : lines.entrySet()) {
      line(line.getKey(), line.getValue(), index++, lines.size());
    }
    return svg.append("</svg>\n").toString();
  }

  private void line(String name, List<double[]> points, int index, int count) {
    String colour = COLOURS[index % COLOURS.length];
    StringBuilder path = new StringBuilder();
    for (double[] point : points) {
      String x = pixels(x(point[0]));
      String y = pixels(y(point[1]));
      path.append(path.isEmpty() ? "M" : "L").append(x).append(' ').append(y);
      add("<circle cx='", x, "' cy='", y, "' r='3' fill='", colour, "'/>\n");
    }
    add("<path d='", path, "' fill='none' stroke='", colour, "' stroke-width='2'/>\n");
    double at = LEFT + (double) index * (WIDTH - LEFT - RIGHT) / count;
    add("<rect x='", pixels(at), "' y='24' width='10' height='10' fill='", colour, "'/>\n");
    text(at + 14, 33, "start", name);
  }

  private void add(Object... parts) {
    for (Object part : parts) {
      svg.append(part);
    }
  }

  private double x(double value) {
    return LEFT + (Math.log10(value) - fromX) / (toX - fromX) * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - value / topY * (HEIGHT - BOTTOM - TOP);
  }

  private void text(double x, double y, String anchor, String text) {
    add("<text x='", pixels(x), "' y='", pixels(y), "' text-anchor='", anchor, "'>");
    add(escape(text), "</text>\n");
  }

  private static String pixels(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  /** Up to one of 1, 2, 2.5, 4, 5, 8 and their tens. */
  static double round(double value) {
    double ten = Math.pow(10, Math.floor(Math.log10(value)));
    for (double step : new double[] {1, 2, 2.5, 4, 5, 8}) {
      if (value <= step * ten) {
        return step * ten;
      }
    }
    return 10 * ten;
  }

  static String number(double value) {
    if (value >= 1000 && value % 1000 == 0) {
      return String.format(Locale.ROOT, "%.0fk", value / 1000);
    }
    boolean whole = value >= 100 || value == Math.rint(value);
    return String.format(Locale.ROOT, whole ? "%.0f" : "%.3g", value);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&#39;");
  }
}
