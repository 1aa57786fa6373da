// Users of a chaos run on the real client: they write, read, hop between gateways and are reloaded at any moment. Which
// users, and when to stop, comes on standard input; what each application did and saw goes to standard output, one JSON
// array a line, and is judged by whoever started this.

import { createInterface } from 'node:readline';
import { Trunkline } from '../src/index.js';
import { FakeStorage } from './fake.js';

const WebSocket = globalThis.WebSocket ?? (await import('ws')).default;
const LONGEST_STAY_MS = 6_000;
const LONGEST_PAUSE_MS = 40;
const SEND_MS = 6_000;
const ONE_IN_SO_MANY_TO_A_CHANNEL = 5;

/** Errors that faults bring about; anything else breaks a promise. */
const EXPECTED = ['unavailable', 'rate_limited', 'timeout', 'connection_lost', 'closed'];

const say = (...words) => process.stdout.write(`${JSON.stringify(words)}\n`);

/** Mulberry32: the choices of a seed again. */
function choices(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const later = (ms, task) => setTimeout(task, ms);

/** A page in a browser: when it is left nothing of it runs any more, and nobody says goodbye. */
class Page {
  left = false;
  client;
  #sockets = new Set();

  constructor(user, storage, random) {
    const page = this;
    class Socket extends WebSocket {
      constructor(...given) {
        super(...given);
        page.#sockets.add(this);
        this.addEventListener('close', () => page.#sockets.delete(this));
      }
    }
    this.client = new Trunkline({
      url: () => user.urls[Math.floor(random() * user.urls.length)],
      session: user.session,
      storage: {
        getItem: storage.getItem,
        setItem: (key, value) => {
          if (!this.left) storage.setItem(key, value);
        },
      },
      timeout: SEND_MS,
      WebSocket: Socket,
      env: {
        setTimeout: (task, ms) => setTimeout(() => this.left || task(), ms),
        clearTimeout,
        now: Date.now,
        random: Math.random,
        events: {},
      },
    });
  }

  /** The network fails; the client does not know it from anything else. */
  lose() {
    for (const socket of this.#sockets) socket.terminate ? socket.terminate() : socket.close();
  }

  leave() {
    this.left = true;
    for (const socket of this.#sockets) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.onerror = () => {};
    }
    this.lose();
  }
}

class User {
  #is;
  #random;
  #storage = new FakeStorage();
  #page = null;
  #number = 0;
  #outstanding = null; // {number, topic}
  #sending = true;
  #hopping = true;

  constructor(is) {
    this.#is = is;
    this.#random = choices(is.seed);
  }

  start() {
    this.#open();
    this.#stay();
  }

  whisper(topic) {
    this.#page.client.tell(this.#frame(topic, -1));
  }

  settle() {
    this.#hopping = false;
  }

  finish() {
    this.#sending = false;
    if (!this.#outstanding) say('idle', this.#is.user);
  }

  #open() {
    const page = new Page(this.#is, this.#storage, this.#random);
    const { client } = page;
    this.#page = page;
    const show = (frame) => page.left || say('seen', this.#is.user, frame);
    client.on('unrecovered', (what) => this.#wrong(page, 'unrecovered', what));
    client.on('error', (error) => EXPECTED.includes(error.code) || this.#wrong(page, 'error', String(error)));
    client.on('state', (state) => state.state === 'closed' && this.#wrong(page, 'closed', state));
    // Half of them read in loops, half by functions.
    if (this.#random() < 0.5) {
      client.on('message', show);
      for (const channel of this.#is.channels) client.subscribe(channel, { since: 0, onMessage: show });
    } else {
      this.#read(page, client.messages(), show);
      for (const channel of this.#is.channels) this.#read(page, client.subscribe(channel, { since: 0 }), show);
    }
    client.connect();
    this.#send(page);
  }

  async #read(page, messages, show) {
    try {
      for await (const message of messages) show(message);
    } catch (error) {
      this.#wrong(page, 'loop', String(error));
    }
  }

  #wrong(page, ...what) {
    if (!page.left) say('wrong', this.#is.user, JSON.stringify(what));
  }

  #stay() {
    later(500 + this.#random() * LONGEST_STAY_MS, () => {
      if (!this.#hopping) return;
      if (this.#random() < 0.5) {
        this.#page.leave();
        this.#open();
        say('reloaded', this.#is.user);
      } else this.#page.lose();
      this.#stay();
    });
  }

  /** One after another; after a reload the last one again, which may have been sent or not. */
  async #send(page) {
    while (!page.left && (this.#sending || this.#outstanding)) {
      if (!this.#outstanding) {
        this.#outstanding = { number: ++this.#number, topic: this.#topic() };
        say('sending', this.#is.user, this.#outstanding.number, this.#outstanding.topic);
      }
      const { number, topic } = this.#outstanding;
      try {
        const { offset } = await page.client.request(this.#frame(topic, number), { id: `${this.#is.user}-${number}` });
        if (page.left) return;
        say('acked', this.#is.user, number, offset);
        this.#outstanding = null;
      } catch (error) {
        if (!EXPECTED.includes(error.code)) this.#wrong(page, 'send', String(error));
      }
      await new Promise((resolve) => later(this.#random() * LONGEST_PAUSE_MS, resolve));
    }
    if (!page.left) say('idle', this.#is.user);
  }

  #topic() {
    const { users, rooms } = this.#is;
    const any = (names) => names[Math.floor(this.#random() * names.length)];
    return this.#random() < 1 / ONE_IN_SO_MANY_TO_A_CHANNEL ? `channel:${any(rooms)}` : `user:${any(users)}`;
  }

  #frame(topic, number) {
    const name = topic.slice(topic.indexOf(':') + 1);
    return topic.startsWith('channel:')
      ? { type: 'publish', channel: name, message: { number } }
      : { type: 'private_message', receiver: name, message: { number } };
  }
}

const users = new Map();
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [command, ...given] = JSON.parse(line);
    if (command === 'user') users.set(given[0].user, new User(given[0]));
    else users.get(given[0])[command](...given.slice(1));
  })
  .on('close', () => process.exit(0));
