package io.trunkline.cli.load;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Results as one HTML page with plots; it needs no network, no script and no other file. */
public final class Report {
  private static final String STYLE =
      """
      body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;
        color:#1b1f24;background:#fff}
      h2{margin-top:3rem;border-top:1px solid #d0d7de;padding-top:1rem}
      table{border-collapse:collapse;margin:1rem 0}
      td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}
      td{font-variant-numeric:tabular-nums}
      svg{max-width:100%;height:auto;margin:.5rem 1rem .5rem 0}
      svg text{font:12px system-ui,sans-serif;fill:currentColor}
      .bad{color:#b3261e;font-weight:600}
      @media (prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}
        h2{border-color:#30363d}.bad{color:#ff7b72}}
      """;

  private Report() {}

  /** A page of {@code report}, which is what {@code --out} writes as JSON. */
  public static String html(JsonObject report) {
    StringBuilder page =
        new StringBuilder("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">");
    page.append(
        "<meta name=\"viewport\" content=\"width=device-width\"><title>Trunkline bench</title>");
    page.append("<style>").append(STYLE).append("</style><h1>Trunkline bench</h1>");
    page.append(table(about(report)));
    for (Object result : report.getJsonArray("results")) {
      page.append(section((JsonObject) result));
    }
    return page.append("</html>\n").toString();
  }

  private static List<String[]> about(JsonObject report) {
    JsonObject machine = report.getJsonObject("machine");
    List<String[]> rows = new ArrayList<>();
    rows.add(row("written", report.getString("written")));
    rows.add(row("commit", report.getString("commit", "not told")));
    rows.add(row("command", report.getString("command")));
    machine.forEach(entry -> rows.add(row(entry.getKey(), entry.getValue())));
    rows.add(
        row(
            "load before and after",
            report.getString("load_before") + " / " + report.getString("load_after")));
    return rows;
  }

  private static String section(JsonObject result) {
    JsonObject check = result.getJsonObject("check");
    StringBuilder html = new StringBuilder("<h2>" + escape(result.getString("scenario")) + "</h2>");
    if (!check.getBoolean("good")) {
      html.append(
          "<p class=\"bad\">A promise was broken, or not everything was connected and sent: see below.</p>");
    }
    html.append(table(figures(result)));
    html.append(Plot.percentiles(points(result.getJsonArray("percentiles"))));
    html.append(Plot.seconds("received a second", samples(result, "received_per_second")));
    html.append(Plot.seconds("p99 of each second, ms", samples(result, "p99_ms")));
    html.append(Plot.seconds("connections that came back in each second", returns(result)));
    return html.toString();
  }

  private static List<String[]> figures(JsonObject result) {
    JsonObject check = result.getJsonObject("check");
    List<String[]> rows = new ArrayList<>();
    rows.add(row("settings", flat(result.getJsonObject("settings"))));
    rows.add(row("connections", flat(result.getJsonObject("connections"))));
    rows.add(
        row(
            "sent / unsent / received",
            result.getValue("sent")
                + " / "
                + result.getValue("unsent")
                + " / "
                + result.getValue("received")));
    rows.add(row("received a second", result.getValue("received_per_second")));
    rows.add(row("check", flat(check)));
    times(rows, result, "latency_ms", "latency, ms, from when it was due");
    times(rows, result, "ack_ms", "ack, ms, from when it was due");
    times(rows, result, "late_ms", "how late the generator was, ms");
    result
        .getJsonObject("cpu")
        .forEach(e -> rows.add(row("CPU of " + e.getKey(), flat((JsonObject) e.getValue()))));
    result
        .getJsonObject("memory")
        .forEach(e -> rows.add(row("memory of " + e.getKey(), flat((JsonObject) e.getValue()))));
    details(result).forEach((name, value) -> rows.add(row(name, value)));
    return rows;
  }

  /** What a restart has of its own, a line each. */
  private static Map<String, String> details(JsonObject result) {
    Map<String, String> lines = new LinkedHashMap<>();
    JsonObject details = result.getJsonObject("details");
    if (details != null) {
      lines.put("requests", flat(details.getJsonObject("requests")));
      lines.put("away at the end", details.getValue("away").toString());
      JsonArray waves = details.getJsonArray("waves");
      for (int i = 0; i < waves.size(); i++) {
        lines.put("wave " + (i + 1), flat(waves.getJsonObject(i)));
      }
      JsonArray notes = details.getJsonArray("notes");
      for (int i = 0; i < notes.size(); i++) {
        lines.put("note " + (i + 1), notes.getString(i));
      }
    }
    return lines;
  }

  private static List<double[]> returns(JsonObject result) {
    List<double[]> points = new ArrayList<>();
    JsonObject details = result.getJsonObject("details");
    if (details != null) {
      for (Object count : details.getJsonArray("returned_by_second")) {
        points.add(new double[] {points.size(), ((Number) count).doubleValue()});
      }
    }
    return points;
  }

  private static void times(List<String[]> rows, JsonObject result, String field, String title) {
    JsonObject times = result.getJsonObject(field);
    if (times != null) {
      rows.add(row(title, flat(times)));
    }
  }

  private static String flat(JsonObject object) {
    return object.stream()
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .collect(Collectors.joining(", "));
  }

  private static List<double[]> points(JsonArray rows) {
    return rows.stream()
        .map(JsonArray.class::cast)
        .map(row -> new double[] {row.getDouble(0), row.getDouble(1)})
        .toList();
  }

  private static List<double[]> samples(JsonObject result, String field) {
    return result.getJsonArray("series").stream()
        .map(JsonObject.class::cast)
        .map(sample -> new double[] {sample.getDouble("at"), sample.getDouble(field)})
        .toList();
  }

  private static String[] row(String name, Object value) {
    return new String[] {name, String.valueOf(value)};
  }

  private static String table(List<String[]> rows) {
    return rows.stream()
        .map(row -> "<tr><th>" + escape(row[0]) + "<td>" + escape(row[1]))
        .collect(Collectors.joining("\n", "<table>", "</table>"));
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /** For people on a terminal: the figures that matter, a line each. */
  public static String summary(JsonObject result) {
    JsonObject check = result.getJsonObject("check");
    StringBuilder text = new StringBuilder();
    line(
        text,
        result.getString("scenario"),
        result.getValue("received_per_second") + "/s over " + result.getValue("seconds") + " s");
    line(text, "connections", flat(result.getJsonObject("connections")));
    line(text, "check", flat(check));
    for (String times : List.of("latency_ms", "ack_ms", "late_ms")) {
      if (result.getJsonObject(times) != null) {
        line(text, times, flat(result.getJsonObject(times)));
      }
    }
    result
        .getJsonObject("cpu")
        .forEach(e -> line(text, "cpu " + e.getKey(), flat((JsonObject) e.getValue())));
    result
        .getJsonObject("memory")
        .forEach(e -> line(text, "memory " + e.getKey(), flat((JsonObject) e.getValue())));
    details(result).forEach((name, value) -> line(text, name, value));
    return text.toString();
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(String.format(Locale.ROOT, "%-16s %s%n", name, value));
  }
}
