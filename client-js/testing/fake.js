// A clock, sockets and a server that tests move by hand.

import { Trunkline } from '../src/index.js';

/** Time stands still until it is told to pass. */
export class FakeClock {
  #now = 1_000_000;
  #timers = new Map();
  #next = 1;
  listeners = new Map();
  randomly = 0.5;

  env = {
    setTimeout: (task, ms) => {
      this.#timers.set(this.#next, { at: this.#now + ms, task });
      return this.#next++;
    },
    clearTimeout: (timer) => this.#timers.delete(timer),
    now: () => this.#now,
    random: () => this.randomly,
    events: {
      addEventListener: (type, listener) => this.listeners.set(type, listener),
      removeEventListener: (type) => this.listeners.delete(type),
    },
  };

  get pending() {
    return this.#timers.size;
  }

  browser(type) {
    this.listeners.get(type)?.({ type });
  }

  async pass(ms) {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].task();
      await settled();
    }
    this.#now = end;
  }
}

/** What is only a matter of promises has happened. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

export class FakeSocket {
  static all = [];
  sent = [];
  closed = null;

  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
    FakeSocket.all.push(this);
  }

  send(text) {
    this.sent.push(text === 'ping' ? text : JSON.parse(text));
  }

  close(code) {
    this.closed = code;
  }

  // What the server does

  opens() {
    this.onopen?.();
    return this;
  }

  says(frame) {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
    return this;
  }

  closes(code, reason = '') {
    this.onclose?.({ code, reason });
  }

  welcomes(fields = {}) {
    return this.opens().says({
      type: 'session',
      status: 'valid',
      user: 'alice',
      node: 'gateway-1',
      expires_at: new Date(1_000_000 + 3_600_000).toISOString(),
      offset: 0,
      recovered: true,
      heartbeat_seconds: 25,
      ...fields,
    });
  }

  delivers(offset, fields = {}) {
    return this.says({ type: 'private_message', sender: 'bob', receiver: 'alice', message: offset, offset, time: 't', ...fields });
  }

  last(type) {
    return this.sent.filter((frame) => frame.type === type).at(-1);
  }

  all(type) {
    return this.sent.filter((frame) => frame.type === type);
  }

  acks(type = 'private_message') {
    const { id } = this.last(type);
    return this.says({ type: 'ack', id, offset: 1, time: 't' });
  }
}

export class FakeStorage {
  items = new Map();
  getItem = (key) => this.items.get(key) ?? null;
  setItem = (key, value) => void this.items.set(key, value);
}

/** A client with its clock, the states it was in and the messages it has shown. */
export function start(options = {}) {
  const clock = new FakeClock();
  FakeSocket.all = [];
  const client = new Trunkline({ url: 'ws://here/ws', session: 's-1', WebSocket: FakeSocket, env: clock.env, ...options });
  const seen = [];
  const states = [];
  client.on('state', (state) => states.push(state));
  if (!options.silent) client.on('message', (frame) => seen.push(frame.offset));
  client.connect();
  return { client, clock, seen, states };
}

/** The socket of the latest attempt. */
export async function socket(number) {
  await settled();
  return number === undefined ? FakeSocket.all.at(-1) : FakeSocket.all[number];
}

export const sockets = () => FakeSocket.all.length;
