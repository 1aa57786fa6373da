// What the nodes measured, as columns for plots: rates and percentiles of all nodes together, from counters and buckets,
// since neither can be made from those of each node. A value that nobody knows is null, and a gap in its plot.

const STEPS = 150;
const BUCKET = /^requests_within_(\d+)_ms$/;

/** Over so many steps, as a percentile of a few requests says little. */
const WINDOW = 5;

export class History {
  /** By name: {role, startedAt, samples: Map of time -> {series: value}}. */
  #nodes = new Map();
  #step = 2000;

  /** Of the buckets, in milliseconds, in rising order. */
  #limits = [];

  /** Takes the answer of /api/nodes; nodes that are not in it are forgotten, what they did stays known nowhere. */
  take({ nodes }) {
    const names = new Set(nodes.map(({ name }) => name));
    for (const name of this.#nodes.keys()) if (!names.has(name)) this.#nodes.delete(name);
    for (const node of nodes) if (node.answers) this.#takeNode(node);
    const limits = nodes.flatMap(({ series = [] }) => series.map((each) => Number(BUCKET.exec(each)?.[1])));
    this.#limits = [...new Set(limits.filter((limit) => limit > 0))].sort((one, other) => one - other);
  }

  #takeNode({ name, role, started_at: startedAt, step_ms: step, series, samples }) {
    this.#step = step;
    let known = this.#nodes.get(name);
    if (known?.startedAt !== startedAt) {
      known = { role, startedAt, samples: new Map() };
      this.#nodes.set(name, known);
    }
    for (const [at, ...values] of samples) {
      known.samples.set(at, Object.fromEntries(series.map((each, i) => [each, values[i]])));
    }
    const oldest = Math.max(...known.samples.keys()) - STEPS * step;
    for (const at of [...known.samples.keys()]) if (at <= oldest) known.samples.delete(at);
  }

  /** Epoch milliseconds, a step apart, from the oldest sample to the newest. */
  times() {
    let [first, last] = [Infinity, -Infinity];
    for (const { samples } of this.#nodes.values()) {
      for (const at of samples.keys()) [first, last] = [Math.min(first, at), Math.max(last, at)];
    }
    const times = [];
    for (let at = Math.max(first, last - (STEPS - 1) * this.#step); at <= last; at += this.#step) times.push(at);
    return times;
  }

  /** The newest time, of any node; 0 without any. */
  newest() {
    return this.times().at(-1) ?? 0;
  }

  sum(series, at, name) {
    return this.#fold(name, (one, other) => one + other, ({ samples }) => samples.get(at)?.[series]);
  }

  most(series, at, role) {
    return this.#fold(undefined, Math.max, (node) => (node.role === role ? node.samples.get(at)?.[series] : undefined));
  }

  /** A second, of all nodes or of one. */
  rate(series, at, name) {
    const grown = this.#grown(series, at, 1, name);
    return grown === null ? null : (grown * 1000) / this.#step;
  }

  /** Milliseconds within which `part` of the requests had their answer; null where there were none. */
  percentile(part, at, name) {
    const total = this.#grown('requests', at, WINDOW, name);
    const buckets = this.#limits.map((limit) => [limit, this.#grown(`requests_within_${limit}_ms`, at, WINDOW, name)]);
    return percentile(part, total, buckets);
  }

  /** By how much a counter has grown in so many steps up to `at`, of the nodes that know. */
  #grown(series, at, steps, name) {
    return this.#fold(name, (one, other) => one + other, ({ samples }) => {
      const now = samples.get(at)?.[series];
      const before = samples.get(at - steps * this.#step)?.[series];
      return now === undefined || before === undefined || now < before ? undefined : now - before;
    });
  }

  #fold(name, combine, valueOf) {
    const nodes = name === undefined ? [...this.#nodes.values()] : [this.#nodes.get(name)].filter(Boolean);
    const values = nodes.map(valueOf).filter((value) => value !== undefined);
    return values.length === 0 ? null : values.reduce((one, other) => combine(one, other));
  }
}

/** Within a bucket as if its requests were spread over it; beyond the last one its limit. `buckets`: [limit, count up to it]. */
export function percentile(part, total, buckets) {
  if (!total || buckets.length === 0) return null;
  const rank = part * total;
  let [from, below] = [0, 0];
  for (const [limit, upTo] of buckets) {
    if (upTo >= rank) return from + ((limit - from) * (rank - below)) / Math.max(upTo - below, 1e-9);
    [from, below] = [limit, upTo];
  }
  return from;
}
