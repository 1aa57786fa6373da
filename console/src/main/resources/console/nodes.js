// The table of nodes. Rows stay where they are, so that whoever is on a button stays there.

import { at, button, duration, element } from './view.js';

const NONE = '–';

export class Nodes {
  #rows = new Map();
  #drain;

  /** `drain(name, on)` is what the button of a gateway does. */
  constructor(drain) {
    this.#drain = drain;
  }

  show({ nodes }, history) {
    const names = nodes.map(({ name }) => name);
    for (const [name, row] of this.#rows) {
      if (names.includes(name)) continue;
      row.remove();
      this.#rows.delete(name);
    }
    nodes.forEach((node, i) => {
      const row = this.#rows.get(node.name) ?? this.#make(node);
      fill(row, node, history);
      if (at('nodes').children[i] !== row) at('nodes').insertBefore(row, at('nodes').children[i] ?? null);
    });
  }

  #make({ name, role }) {
    const row = element('tr');
    const head = element('th', 'name', name);
    head.scope = 'row';
    row.append(head, element('td', '', role === 'session' ? 'session service' : role));
    for (let i = 0; i < 7; i++) row.append(element('td', i < 2 ? '' : 'number'));
    const last = element('td');
    if (role === 'gateway') {
      const act = button('Drain', 'quiet', () => this.#drain(name, row.dataset.state !== 'draining'));
      act.append(element('span', 'unseen', ` ${name}`));
      last.append(act);
    }
    row.append(last);
    this.#rows.set(name, row);
    return row;
  }
}

function fill(row, node, history) {
  const state = !node.answers ? 'silent' : node.now.draining ? 'draining' : 'serving';
  row.dataset.state = state;
  const newest = history.newest();
  const of = (what) => (node.answers ? (what(newest) ?? what(newest - node.step_ms)) : null);
  const rate = of((time) => history.rate('requests', time, node.name));
  const p99 = of((time) => history.percentile(0.99, time, node.name));
  const lag = node.now?.loop_lag_micros;
  const texts = [
    { silent: 'no answer', draining: 'draining', serving: 'serving' }[state],
    node.answers ? duration(Date.now() - Date.parse(node.started_at)) : NONE,
    node.now?.connections ?? NONE,
    rate === null ? NONE : String(Math.round(rate * 10) / 10),
    p99 === null ? NONE : `${Math.round(p99 * 10) / 10} ms`,
    node.now?.slow_readers ?? NONE,
    lag === undefined ? NONE : `${(lag / 1000).toFixed(1)} ms`,
  ];
  texts.forEach((text, i) => set(row.children[i + 2], String(text)));
  row.title = node.version ? `version ${node.version}` : '';
  const act = row.lastChild.firstChild;
  if (act) {
    set(act.firstChild, state === 'draining' ? 'Take clients again' : 'Drain');
    act.disabled = state === 'silent';
  }
}

function set(place, text) {
  if (place.textContent !== text) place.textContent = text;
}
