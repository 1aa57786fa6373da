package io.trunkline.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How costs change with one thing: a row for each of its sizes. One thread. */
final class ScaleSeries {
  /** What should be flat may change by so much. */
  private static final double FLAT = 0.10;

  private final String name;
  private final String title;
  private final String across;
  private final List<String> plotted;
  private final List<String> flat;
  private final Map<Double, Map<String, Double>> rows = new LinkedHashMap<>();
  private final Map<String, Double> again = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  /**
   * An empty one.
   *
   * @param across what grows
   * @param plotted columns of the plot
   * @param flat columns that should not grow
   */
  ScaleSeries(String name, String title, String across, List<String> plotted, List<String> flat) {
    this.name = name;
    this.title = title;
    this.across = across;
    this.plotted = plotted;
    this.flat = flat;
  }

  String name() {
    return name;
  }

  void put(double size, String column, double value) {
    rows.computeIfAbsent(size, key -> new LinkedHashMap<>()).put(column, value);
  }

  /**
   * The smallest size once more, when all is over. Changes and the plot go by this and not by the
   * first, beside which compilers may still have run.
   */
  void again(String column, double value) {
    again.put(column, value);
  }

  void note(String text) {
    notes.add(text);
    System.out.println(name + ": " + text);
  }

  JsonObject json() {
    JsonArray all = new JsonArray();
    rows.forEach(
        (size, row) -> {
          JsonObject one = new JsonObject().put("size", size);
          row.forEach(one::put);
          all.add(one);
        });
    JsonObject back = new JsonObject();
    again.forEach(back::put);
    return new JsonObject()
        .put("title", title)
        .put("across", across)
        .put("points", all)
        .put("smallest_again", back)
        .put("notes", new JsonArray(new ArrayList<>(notes)));
  }

  private double smallest(String column, Map<String, Double> first) {
    return again.getOrDefault(column, first.get(column));
  }

  String svg() {
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    for (String column : plotted) {
      List<double[]> points = new ArrayList<>();
      rows.forEach(
          (size, row) -> {
            if (row.containsKey(column)) {
              double value = points.isEmpty() ? smallest(column, row) : row.get(column);
              points.add(new double[] {size, Math.max(0, value)});
            }
          });
      if (!points.isEmpty()) {
        lines.put(column, points);
      }
    }
    return Curve.draw(title, across, lines);
  }

  /** A page, which begins with how it came to be. */
  String markdown(String about) {
    StringBuilder text = new StringBuilder("# " + title + "\n\n" + about + "\n\n![" + title);
    text.append("](").append(name).append(".svg)\n\n");
    List<String> columns =
        rows.values().stream().flatMap(r -> r.keySet().stream()).distinct().toList();
    text.append("| ").append(across);
    columns.forEach(column -> text.append(" | ").append(column));
    text.append(" |\n|").append(" --- |".repeat(columns.size() + 1)).append('\n');
    rows.forEach(
        (size, row) -> line(text, String.format(Locale.ROOT, "%,.0f", size), columns, row));
    if (!again.isEmpty()) {
      line(text, "the smallest again", columns, again);
    }
    text.append('\n');
    changes().forEach(change -> text.append("- ").append(change).append('\n'));
    notes.forEach(note -> text.append("- ").append(note).append('\n'));
    return text.append('\n').toString();
  }

  private static void line(
      StringBuilder text, String size, List<String> columns, Map<String, Double> row) {
    text.append("| ").append(size);
    for (String column : columns) {
      Double value = row.get(column);
      String shown = value == null ? "" : String.format(Locale.ROOT, "%,.1f", value);
      text.append(" | ").append(shown);
    }
    text.append(" |\n");
  }

  /** Of what should be flat, from the smallest to the largest. */
  List<String> changes() {
    List<String> changes = new ArrayList<>();
    for (String column : flat) {
      List<Map<String, Double>> with =
          rows.values().stream().filter(r -> r.containsKey(column)).toList();
      if (with.size() > 1) {
        double largest = with.get(with.size() - 1).get(column);
        double change = largest / smallest(column, with.get(0)) - 1;
        changes.add(
            String.format(
                Locale.ROOT,
                "%s: %+.0f %% from the smallest to the largest, %s",
                column,
                100 * change,
                change > FLAT ? "it bends" : "flat or falling"));
      }
    }
    return changes;
  }
}
