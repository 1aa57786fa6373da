// Small plots of the whole cluster. Each says its newest values in words beneath it, which is what a screen reader reads.

import { element } from './view.js';

const HEIGHT = 130;

const number = (value) => {
  if (value === null) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Math.round(value * 10) / 10);
};
const millis = (value) => (value === null ? '–' : `${number(value)} ms`);
const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString('en-GB');
const bytes = (value) => (value === null ? '–' : value < 1024 ? `${number(value)} B` : `${number(value / 1024)} KiB`);

const PLOTS = [
  { title: 'Connections', say: number, lines: [['open', (h, at) => h.sum('connections', at)]] },
  {
    title: 'Messages a second',
    say: number,
    lines: [
      ['requests of clients', (h, at) => h.rate('requests', at)],
      ['to clients', (h, at) => add(['bus', 'log', 'broadcast'].map((path) => h.rate(`deliveries_${path}`, at)))],
    ],
  },
  {
    title: 'Deliveries a second, by path',
    say: number,
    lines: ['bus', 'log', 'broadcast'].map((path) => [path, (h, at) => h.rate(`deliveries_${path}`, at)]),
  },
  {
    title: 'From request to answer',
    say: millis,
    lines: [
      ['half within', (h, at) => h.percentile(0.5, at)],
      ['99 of 100 within', (h, at) => h.percentile(0.99, at)],
    ],
  },
  { title: 'Holes filled from the log, a second', say: number, lines: [['holes', (h, at) => h.rate('holes_filled', at)]] },
  { title: 'Slow readers', say: number, lines: [['connections', (h, at) => h.sum('slow_readers', at)]] },
  { title: 'Output that clients have not taken', say: bytes, lines: [['unsent', (h, at) => h.sum('unsent_bytes', at)]] },
  {
    title: 'Event-loop lag, the worst',
    say: millis,
    lines: [
      ['of gateways', (h, at) => scaled(h.most('loop_lag_micros', at, 'gateway'))],
      ['of session services', (h, at) => scaled(h.most('loop_lag_micros', at, 'session'))],
    ],
  },
];

const add = (values) => (values.every((value) => value === null) ? null : values.reduce((sum, value) => sum + (value ?? 0), 0));
const scaled = (micros) => (micros === null ? null : micros / 1000);

export class Plots {
  #made = [];
  #history;

  constructor(place) {
    for (const { title, say, lines } of PLOTS) {
      const figure = element('figure', 'card plot');
      const box = element('div', 'canvas');
      box.setAttribute('aria-hidden', 'true');
      const words = element('figcaption');
      words.append(element('h3', '', title));
      const values = lines.map(([label], i) => {
        const line = element('p', `line line-${i}`, `${label}: `);
        const value = element('b', '', '–');
        line.append(value);
        words.append(line);
        return value;
      });
      figure.append(words, box);
      place.append(figure);
      this.#made.push({ box, values, say, lines, chart: null });
    }
    new ResizeObserver(() => this.#fit()).observe(place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#redraw());
  }

  show(history) {
    this.#history = history;
    const times = history.times();
    for (const plot of this.#made) {
      const columns = plot.lines.map(([, of]) => times.map((at) => of(history, at)));
      columns.forEach((column, i) => {
        // A node that is a moment late with its newest sample leaves no hole in the words.
        plot.values[i].textContent = plot.say(column.slice(-2).findLast((value) => value !== null) ?? null);
      });
      const data = [times.map((at) => at / 1000), ...columns];
      if (plot.chart) plot.chart.setData(data);
      else plot.chart = this.#draw(plot, data);
    }
  }

  #draw({ box, lines, say }, data) {
    const style = getComputedStyle(document.documentElement);
    const color = (name) => style.getPropertyValue(name).trim();
    const axis = { stroke: color('--soft'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } };
    return new globalThis.uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (u, low, high) => [0, Math.max(high ?? 0, 1) * 1.1] } },
        axes: [
          { ...axis, space: 70, size: 24, values: (u, splits) => splits.map(clock) },
          { ...axis, size: 60, space: 30, values: (u, splits) => splits.map((split) => say(split)) },
        ],
        series: [
          {},
          ...lines.map(([label], i) => ({
            label,
            stroke: color(`--line-${i}`),
            width: 2,
            // Not by colour alone.
            dash: [[], [6, 4], [2, 3]][i],
            points: { show: false },
          })),
        ],
      },
      data,
      box,
    );
  }

  #fit() {
    for (const { chart, box } of this.#made) chart?.setSize({ width: box.clientWidth, height: HEIGHT });
  }

  #redraw() {
    for (const plot of this.#made) {
      plot.chart?.destroy();
      plot.chart = null;
    }
    if (this.#history) this.show(this.#history);
  }
}
