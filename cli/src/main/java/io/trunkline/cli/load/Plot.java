package io.trunkline.cli.load;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;

/** A line through points, as SVG. */
final class Plot {
  private static final int WIDTH = 520;
  private static final int HEIGHT = 240;
  private static final int LEFT = 64;
  private static final int BOTTOM = 28;
  private static final int TOP = 26;
  private static final int LINES = 4;

  private Plot() {}

  /** Latency by percentile; each step to the right has a tenth of the rest beyond it. */
  static String percentiles(List<double[]> points) {
    List<double[]> finite = points.stream().filter(point -> point[0] < 100).toList();
    if (finite.isEmpty()) {
      return "";
    }
    DoubleUnaryOperator x = percentile -> Math.log10(100 / (100 - percentile));
    double most = x.applyAsDouble(finite.get(finite.size() - 1)[0]);
    StringBuilder labels = new StringBuilder();
    String[] names = {"0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"};
    for (int i = 0; i < names.length && i <= most; i++) {
      labels.append(text(across(i, most), HEIGHT - 8, "middle", names[i]));
    }
    List<double[]> scaled =
        finite.stream().map(p -> new double[] {x.applyAsDouble(p[0]), p[1]}).toList();
    return draw("latency by percentile, ms", scaled, most, labels.toString());
  }

  /** A value for each second. */
  static String seconds(String title, List<double[]> points) {
    if (points.isEmpty()) {
      return "";
    }
    double most = points.get(points.size() - 1)[0];
    String labels =
        text(LEFT, HEIGHT - 8, "middle", "0 s")
            + text(across(most, most), HEIGHT - 8, "end", number(most) + " s");
    return draw(title, points, most, labels);
  }

  private static String draw(String title, List<double[]> points, double mostX, String labels) {
    double top = Math.max(1e-9, points.stream().mapToDouble(point -> point[1]).max().orElse(1));
    StringBuilder svg = new StringBuilder();
    svg.append("<svg role=\"img\" aria-label=\"").append(Report.escape(title));
    svg.append("\" viewBox=\"0 0 ").append(WIDTH).append(' ').append(HEIGHT);
    svg.append("\" width=\"").append(WIDTH).append("\">");
    svg.append(text(LEFT, 14, "start", title));
    for (int i = 0; i <= LINES; i++) {
      double value = top * i / LINES;
      double y = up(value, top);
      svg.append(
          String.format(
              Locale.ROOT,
              "<path d=\"M%d %.1fH%d\" stroke=\"currentColor\" stroke-opacity=\".15\"/>",
              LEFT,
              y,
              WIDTH - 8));
      svg.append(text(LEFT - 6, y + 4, "end", number(value)));
    }
    String path =
        points.stream()
            .map(p -> String.format(Locale.ROOT, "%.1f %.1f", across(p[0], mostX), up(p[1], top)))
            .collect(Collectors.joining("L", "M", ""));
    svg.append("<path d=\"")
        .append(path)
        .append("\" fill=\"none\" stroke=\"#1f77b4\" stroke-width=\"2\"/>");
    return svg.append(labels).append("</svg>").toString();
  }

  private static double across(double value, double most) {
    return LEFT + (most == 0 ? 0 : value / most) * (WIDTH - LEFT - 8);
  }

  private static double up(double value, double most) {
    return HEIGHT - BOTTOM - value / most * (HEIGHT - BOTTOM - TOP);
  }

  private static String text(double x, double y, String anchor, String text) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
        x,
        y,
        anchor,
        Report.escape(text));
  }

  private static String number(double value) {
    return value >= 100 || value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.3g", value);
  }
}
