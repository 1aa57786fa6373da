import { afterClose, backOff } from './closing.js';
import { TrunklineError } from './error.js';
import { Positions } from './positions.js';
import { Requests } from './requests.js';
import { Callback, Line, Topic } from './topic.js';

const CONNECT_MS = 10_000; // from the attempt until there is a session
const PONG_MS = 10_000;
const STEADY_MS = 5_000; // a connection this old was a good one
const RECEIVED_MS = 200; // one `received` for all that came meanwhile
const SHORTEST_RENEWAL_MS = 5_000;
const LONGEST_RENEWAL_MS = 3_600_000;

/**
 * What the client takes from its surroundings; tests give others.
 * @typedef {object} Env
 * @property {(task: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} now
 * @property {() => number} random
 * @property {{addEventListener?: Function, removeEventListener?: Function}} events a window, or something like it
 */

/** @type {Env} */
const here = {
  setTimeout: (task, ms) => setTimeout(task, ms),
  clearTimeout: (timer) => clearTimeout(timer),
  now: () => Date.now(),
  random: () => Math.random(),
  events: /** @type {any} */ (globalThis),
};

/** @typedef {import('./topic.js').Message} Message */
/** @typedef {import('./requests.js').RequestOptions} RequestOptions */
/** @typedef {string | null | undefined} SessionId */

/**
 * @typedef {object} Options
 * @property {string | (() => string | Promise<string>)} url of the WebSocket; a function is asked before each attempt
 * @property {string | (() => SessionId | Promise<SessionId>)} session a session id, or a function that gets one from the
 *   application's back end. It is called for the first connection and whenever the session has ended; when it gives
 *   none the client is closed
 * @property {import('./positions.js').Storage} [storage] where to remember what was seen, through reloads
 * @property {string} [storagePrefix] of its keys; `trunkline:` unless given
 * @property {number} [timeout] of requests, in milliseconds; 30,000 unless given
 * @property {number} [maxQueue] requests without an answer, those made offline included; 256 unless given
 * @property {any} [WebSocket] the constructor, where there is no global one (Node before 22)
 * @property {Env} [env] for tests
 */

/**
 * @typedef {{state: 'connecting' | 'online' | 'waiting' | 'closed', user?: string, node?: string, recovered?: boolean,
 *   ms?: number, code?: number, reason?: string, error?: unknown}} State
 */

/**
 * @typedef {object} Events
 * @property {State} state
 * @property {Message} message a private message; each once
 * @property {Message} broadcast
 * @property {{channel: string, offset: number}} unrecovered what was missed is not kept any more; the inbox is ''
 * @property {any} frame what came unasked and is none of these
 * @property {unknown} error a frame without a request that failed, or a storage that did
 * @property {{direction: 'in' | 'out', text: string}} wire every frame; it may hold the session id
 */

/**
 * @typedef {object} Subscription
 * @property {Promise<void>} ready settles with the server's first answer
 * @property {() => void} unsubscribe
 */

/**
 * Who is in a channel, as a whole (`count`, `users`) or as a change (`joined`, `left`).
 * @typedef {{type: string, count?: number, users?: string[], channel?: string, joined?: string[], left?: string[],
 *   more?: boolean}} Presence
 */

/** One user's connection, which comes back when it is lost, and goes on where it was. */
export class Trunkline {
  /** @type {State} */
  state = { state: 'closed' };
  #options;
  /** @type {Env} */
  #env;
  /** @type {Map<string, Set<Function>>} */
  #listeners = new Map();
  #requests;
  #positions;
  #inbox;
  /** @type {Map<string, {topic: Topic, ready: Promise<void>, settle: (error: Error | null) => void}>} */
  #channels = new Map();
  /** @type {Record<string, any>} by what they are for; at most one each */
  #timers = {};

  /** @type {any} null while there is none */
  #socket = null;
  /** Counts attempts to connect, so that what belongs to an earlier one is known. */
  #turn = 0;
  /** Attempts since the last steady connection. */
  #attempt = 0;
  /** The server said when to come back. */
  #held = false;
  /** Something has come since the last look. */
  #heard = false;
  #heartbeatMs = 25_000;
  /** @type {SessionId} as last given by the application */
  #sessionId;
  /** The place in the inbox that this connection began with. @type {number | undefined} */
  #since;
  /** The inbox up to which the application has it, and up to which this connection has said so. */
  #seen = 0;
  #said = 0;

  /** @param {Options} options */
  constructor(options) {
    this.#options = { timeout: 30_000, maxQueue: 256, storagePrefix: 'trunkline:', ...options };
    this.#env = options.env ?? here;
    this.#requests = new Requests(this.#env, this.#options.maxQueue, (text) => this.online && this.#transmit(text));
    this.#positions = new Positions(options.storage, this.#options.storagePrefix, (error) => this.#emit('error', error));
    this.#inbox = this.#newTopic('', undefined);
  }

  /** Whether there is a connection with a session. */
  get online() {
    return this.state.state === 'online';
  }

  /** Who the server says this is; undefined before the first connection. */
  get user() {
    return this.#positions.user;
  }

  /**
   * @template {keyof Events} E
   * @param {E} event
   * @param {(detail: Events[E]) => void} listener
   * @returns {() => void} ends it
   */
  on(event, listener) {
    if (event === 'message') {
      const reader = new Callback(this.#guarded(listener));
      this.#inbox.join(reader);
      return () => this.#inbox.leave(reader);
    }
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Begins. On a client that has begun it does nothing. */
  connect() {
    if (this.state.state !== 'closed') return;
    for (const event of ['online', 'offline', 'visibilitychange', 'pagehide']) {
      this.#env.events.addEventListener?.(event, this.#onBrowser);
    }
    this.#attempt = 0;
    this.#sessionId = undefined;
    this.#open();
  }

  /** Ends for good: what has no answer fails, loops over messages end. A later `connect` begins anew. */
  close() {
    if (this.state.state !== 'closed') this.#end({ code: 1000 });
  }

  /**
   * Ends the session, on all its connections, and closes. It closes too where it rejects, as the server was not reached.
   * @param {RequestOptions} [options]
   * @returns {Promise<void>}
   */
  logout(options) {
    return this.#ask({ type: 'logout' }, options, () => this.close());
  }

  /**
   * @param {{type: string, [field: string]: unknown}} frame
   * @param {RequestOptions} [options]
   * @returns {Promise<any>} the answer; rejects with a TrunklineError, or with the signal's reason
   */
  request(frame, options) {
    return this.#ask(frame, options, () => {});
  }

  /**
   * Stored, then acknowledged. One after another: in the order of the calls.
   * @param {string} receiver
   * @param {unknown} message
   * @param {RequestOptions} [options]
   */
  send(receiver, message, options) {
    return this.request({ type: 'private_message', receiver, message }, options);
  }

  /**
   * @param {string} channel
   * @param {unknown} message
   * @param {RequestOptions} [options]
   */
  publish(channel, message, options) {
    return this.request({ type: 'publish', channel, message }, options);
  }

  /**
   * To everybody who is connected; at most once.
   * @param {unknown} message
   * @param {RequestOptions} [options]
   */
  broadcast(message, options) {
    return this.request({ type: 'broadcast', message }, options);
  }

  /**
   * Sends a frame to which there is no answer.
   * @param {{type: string, [field: string]: unknown}} frame
   * @returns {boolean} false, and lost, where there is no connection
   */
  tell(frame) {
    return this.online && this.#transmit(JSON.stringify(frame));
  }

  /** The private messages, for a `for await`. A message is seen when the next one is asked for. */
  messages() {
    return this.#lineOf(this.#inbox);
  }

  /**
   * A channel's messages: for a `for await` over what it returns, or for a function.
   * @param {string} channel
   * @param {{since?: number, onMessage?: (message: Message) => void, onPresence?: (presence: Presence) => void}} [options]
   *   `since`: from which offset on, the first time; what comes from now on unless given. The storage knows it better.
   *   `onPresence`: who is there, then who comes and goes; who is there again after each reconnect
   * @returns {Subscription & AsyncIterable<Message>}
   */
  subscribe(channel, { since, onMessage, onPresence } = {}) {
    /** @type {(() => void)[]} */
    const mine = [];
    const watcher = onPresence && this.#guarded(onPresence);
    const known = this.#channels.get(channel);
    const open = () => this.#channels.get(channel) ?? this.#openChannel(channel, since, watcher);
    const { topic, ready } = open();
    if (watcher) {
      topic.watchers.add(watcher);
      mine.push(() => topic.watchers.delete(watcher));
      if (known && this.online) this.#join(topic);
    }
    if (onMessage) {
      const reader = new Callback(this.#guarded(onMessage));
      mine.push(() => topic.leave(reader));
      topic.join(reader);
    }
    return {
      ready,
      unsubscribe: () => {
        for (const leave of mine) leave();
        if (topic.deserted) this.#leave(topic);
      },
      [Symbol.asyncIterator]: () => {
        const line = this.#lineOf(open().topic);
        mine.push(() => line.return());
        return line;
      },
    };
  }

  /**
   * @param {{type: string}} frame
   * @param {RequestOptions | undefined} options
   * @param {() => void} then is called at once, before anything else arrives
   * @returns {Promise<any>}
   */
  #ask(frame, options, then) {
    return new Promise((resolve, reject) => {
      if (this.state.state === 'closed') throw closed();
      this.#requests.ask(frame, { timeout: this.#options.timeout, ...options }, (error, answer) => {
        if (error) reject(error);
        else resolve(answer);
        then();
      });
    });
  }

  // The life of a connection

  async #open() {
    const turn = ++this.#turn;
    clear(this.#env, this.#timers, 'open');
    this.#held = false;
    this.#to({ state: 'connecting' });
    this.#after('connect', CONNECT_MS, () => this.#lost(1006, 'no answer in time'));
    const { session, url, WebSocket = globalThis.WebSocket } = this.#options;
    try {
      this.#sessionId ??= typeof session === 'function' ? await session() : session;
      const to = typeof url === 'function' ? await url() : url;
      if (turn !== this.#turn) return;
      if (!this.#sessionId) return this.#end({ code: 4002, reason: 'no session' });
      this.#listen(new WebSocket(to, ['trunkline.v1']));
    } catch (error) {
      if (turn === this.#turn) this.#wait({ ms: backOff(this.#attempt++, this.#env.random) }, { error });
    }
  }

  /** @param {any} socket */
  #listen(socket) {
    this.#socket = socket;
    socket.onopen = () => {
      this.#since = this.#inbox.after ??= this.#positions.get('');
      this.#hello(this.#since);
    };
    socket.onmessage = (/** @type {{data: string}} */ { data }) => this.#receive(data);
    socket.onclose = (/** @type {{code: number, reason: string}} */ { code, reason }) => this.#lost(code, reason);
    socket.onerror = () => {}; // a close follows, which says more
  }

  /** @param {number} [since] */
  #hello(since) {
    this.#transmit(JSON.stringify({ type: 'session', session_id: this.#sessionId, since }));
    // Nothing seen yet: the session's cursor counts, which from now on moves by our word alone.
    if (since === undefined) this.#transmit('{"type":"received","offset":0}');
  }

  /** @param {string} text */
  #transmit(text) {
    this.#emit('wire', { direction: 'out', text });
    this.#socket.send(text);
    return true;
  }

  /** @param {string} text */
  #receive(text) {
    this.#heard = true;
    this.#emit('wire', { direction: 'in', text });
    if (text === 'pong') return;
    const frame = JSON.parse(text);
    if (frame.type === 'session') this.#onSession(frame);
    if (frame.id !== undefined) this.#requests.answered(frame);
    else if (frame.type === 'session') return;
    else if (frame.type === 'message' || frame.offset !== undefined) this.#topicOf(frame)?.take(frame);
    else if (frame.type === 'broadcast') this.#emit('broadcast', frame);
    else if (frame.type === 'error') this.#onError(frame);
    else if (frame.type !== 'unsubscribed') {
      if (frame.type === 'presence_change') this.#channels.get(frame.channel)?.topic.tell(frame);
      this.#emit('frame', frame);
    }
  }

  /** Whatever its type, what was stored has its place there. @param {Message} frame */
  #topicOf({ channel }) {
    return channel === undefined ? this.#inbox : this.#channels.get(channel)?.topic;
  }

  /** @param {any} frame */
  #onSession(frame) {
    if (frame.status === 'empty') return; // logged out
    if (frame.status !== 'valid') return this.#lost(4001, frame.status);
    const { user, node, recovered } = frame;
    if (user !== this.user && !this.#become(user)) return this.#lost(4200, 'another user');
    this.#heartbeatMs = frame.heartbeat_seconds * 1000;
    this.#renewBefore(Date.parse(frame.expires_at));
    if (this.online) return;
    clear(this.#env, this.#timers, 'connect');
    this.#after('steady', STEADY_MS, () => (this.#attempt = 0));
    this.#listenForLife(this.#heartbeatMs);
    this.state = { state: 'online', user, node, recovered };
    this.#said = 0;
    this.#inbox.begin(frame);
    for (const { topic } of this.#channels.values()) this.#join(topic);
    this.#to(this.state); // what listeners send now comes after the subscriptions
    if (!recovered) this.#emit('unrecovered', { channel: '', offset: frame.offset });
    this.#requests.flush();
    this.#tellReceived();
  }

  /**
   * The places are another user's from now on, and what waits is not theirs to send.
   * @param {string} user
   * @returns {boolean} whether this connection has begun where that user's messages go on
   */
  #become(user) {
    const first = this.user === undefined;
    this.#positions.belongTo(user);
    this.#seen = 0;
    if (!first) this.#requests.fail(new TrunklineError('user_changed', `the session is ${user}'s now`));
    for (const topic of [this.#inbox, ...[...this.#channels.values()].map((channel) => channel.topic)]) {
      if (!first || topic.name) topic.move(this.#positions.get(topic.name) ?? (first ? topic.after : undefined));
    }
    return this.#since === this.#inbox.after;
  }

  /** @param {any} frame an error that answers no request */
  #onError(frame) {
    // `received` before there is a session; the answer about the session says more.
    if (frame.code === 'unauthenticated') return;
    if (this.online) this.#emit('error', new TrunklineError(frame.code, frame.message, frame.retryable));
    else this.#lost(1006, frame.code);
  }

  /**
   * This connection is not used any more, whether it knows that or not.
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    if (code === 1009) this.#requests.tooLarge();
    this.#drop();
    const next = afterClose(code, reason, this.#attempt, this.#env.random);
    if (!next || (next.renew && typeof this.#options.session !== 'function')) return this.#end({ code, reason });
    if (next.renew) this.#sessionId = undefined;
    this.#attempt++;
    this.#wait(next, { code, reason });
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#turn++;
    for (const timer of Object.keys(this.#timers)) clear(this.#env, this.#timers, timer);
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    }
    this.#inbox.pause();
    for (const { topic } of this.#channels.values()) topic.pause();
    if (this.online) this.state = { state: 'connecting' }; // nothing may be sent by what follows
    this.#requests.connectionLost();
  }

  /**
   * @param {{ms: number, held?: boolean}} next
   * @param {Partial<State>} why
   */
  #wait({ ms, held = false }, why) {
    this.#drop();
    this.#held = held;
    this.#after('open', ms, () => this.#open());
    this.#to({ state: 'waiting', ms, ...why });
  }

  /** @param {{code: number, reason?: string}} why */
  #end(why) {
    if (this.online) this.#tellReceived();
    this.#drop();
    for (const event of ['online', 'offline', 'visibilitychange', 'pagehide']) {
      this.#env.events.removeEventListener?.(event, this.#onBrowser);
    }
    this.#to({ state: 'closed', ...why });
    this.#requests.fail(closed());
    this.#inbox.end();
    for (const { topic, settle } of this.#channels.values()) {
      settle(closed());
      topic.end();
    }
    this.#channels.clear();
  }

  // Staying alive

  /** Browsers do not show protocol pings: after some silence we ask. @param {number} ms */
  #listenForLife(ms) {
    this.#heard = false;
    this.#after('life', ms, () => (this.#heard ? this.#listenForLife(this.#heartbeatMs) : this.#probe()));
  }

  #probe() {
    this.#transmit('ping');
    this.#heard = false;
    const answered = () => (this.#heard ? this.#listenForLife(this.#heartbeatMs) : this.#lost(4201, 'no pong'));
    this.#after('life', PONG_MS, answered);
  }

  /** The network is back, or the page is looked at again: what we had may be dead. */
  #onBrowser = (/** @type {{type: string}} */ { type }) => {
    if (this.online) {
      if (type === 'pagehide') this.#tellReceived();
      else this.#probe();
    } else if (this.state.state === 'waiting' && !this.#held && type !== 'offline' && type !== 'pagehide') {
      this.#open();
    }
  };

  /** @param {number} end in milliseconds since 1970, by the server's clock */
  #renewBefore(end) {
    const half = (end - this.#env.now()) / 2;
    this.#after('renew', Math.max(SHORTEST_RENEWAL_MS, Math.min(LONGEST_RENEWAL_MS, half || 0)), () => this.#renew());
  }

  #renew() {
    this.#requests.ask({ type: 'renew' }, { urgent: true }, (error) => {
      if (!error || !this.online) return;
      if (error instanceof TrunklineError && error.code === 'forbidden') this.#handIn();
      else this.#after('renew', SHORTEST_RENEWAL_MS, () => this.#renew());
    });
  }

  /** Sessions that the application keeps by itself are not renewed but looked up again. */
  async #handIn() {
    const [turn, { session }] = [this.#turn, this.#options];
    try {
      const id = typeof session === 'function' ? await session() : session;
      if (turn !== this.#turn) return;
      if (!id) return this.#end({ code: 4001, reason: 'no session' });
      this.#sessionId = id;
      this.#hello(0);
    } catch {
      if (turn === this.#turn) this.#after('renew', SHORTEST_RENEWAL_MS, () => this.#handIn());
    }
  }

  // Topics

  /**
   * @param {string} name
   * @param {number | undefined} since
   */
  #newTopic(name, since) {
    return new Topic(name, this.#positions.get(name) ?? since, {
      seen: (topic, offset, back) => {
        this.#positions.set(topic.name, offset, back);
        if (topic.name) return;
        this.#seen = offset;
        if (!this.#timers.received) this.#after('received', RECEIVED_MS, () => this.#tellReceived());
      },
      again: (topic) => this.#again(topic),
      left: (topic) => topic.name && this.#leave(topic),
    });
  }

  #tellReceived() {
    clear(this.#env, this.#timers, 'received');
    if (this.#seen > this.#said && this.tell({ type: 'received', offset: this.#seen })) this.#said = this.#seen;
  }

  /** @param {Topic} topic */
  #lineOf(topic) {
    const line = new Line(topic);
    topic.join(line);
    return line;
  }

  /**
   * @param {string} name
   * @param {number | undefined} since
   * @param {((presence: any) => void) | undefined} watcher
   */
  #openChannel(name, since, watcher) {
    const topic = this.#newTopic(name, since);
    if (watcher) topic.watchers.add(watcher);
    /** @type {(error: Error | null) => void} */
    let settle = () => {};
    /** @type {Promise<void>} */
    const ready = new Promise((resolve, reject) => {
      settle = (error) => (error ? reject(error) : resolve());
    });
    ready.catch(() => {}); // who waits for it hears of it
    const channel = { topic, ready, settle };
    this.#channels.set(name, channel);
    if (this.online) this.#join(topic);
    return channel;
  }

  /** @param {Topic} topic a channel's */
  #join(topic) {
    const presence = topic.watchers.size > 0 || undefined;
    const frame = { type: 'subscribe', channel: topic.name, since: topic.after, presence };
    this.#requests.ask(frame, { urgent: true, retry: false }, (error, answer) => {
      const channel = this.#channels.get(topic.name);
      if (channel?.topic !== topic) return;
      if (!error) {
        topic.begin(answer);
        channel.settle(null);
        if (presence) {
          const who = { type: 'presence', channel: topic.name };
          this.#requests.ask(who, { urgent: true, retry: false }, (failure, there) => failure || topic.tell(there));
        }
        if (!answer.recovered) this.#emit('unrecovered', { channel: topic.name, offset: answer.offset });
      } else if (this.online && error instanceof TrunklineError && error.retryable) {
        const again = () => this.online && this.#channels.get(topic.name)?.topic === topic && this.#join(topic);
        this.#after(`join ${topic.name}`, 500 + 1000 * this.#env.random(), again);
      } else if (this.online) {
        topic.watchers.clear();
        if (presence && !topic.deserted) {
          this.#join(topic); // its messages may not be refused
          return this.#emit('error', error);
        }
        this.#channels.delete(topic.name);
        channel.settle(error);
        topic.end(error);
      }
    });
  }

  /** What a topic has missed comes with a new beginning. @param {Topic} topic */
  #again(topic) {
    if (!this.online) return;
    topic.pause();
    if (topic.name) {
      this.tell({ type: 'unsubscribe', channel: topic.name });
      this.#join(topic);
    } else this.#wait({ ms: 0 }, { reason: 'reading on' });
  }

  /** @param {Topic} topic a channel's */
  #leave(topic) {
    if (this.#channels.get(topic.name)?.topic !== topic) return;
    this.#channels.get(topic.name)?.settle(closed());
    this.#channels.delete(topic.name);
    this.tell({ type: 'unsubscribe', channel: topic.name });
  }

  // Small things

  /** @param {State} state */
  #to(state) {
    this.state = state;
    this.#emit('state', state);
  }

  /**
   * @param {keyof Events} event
   * @param {any} detail
   */
  #emit(event, detail) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) this.#guarded(listener)(detail);
  }

  /**
   * A listener that throws harms nobody else; its error is the page's, as with any event.
   * @param {Function} listener
   * @returns {(detail: any) => void}
   */
  #guarded(listener) {
    return (detail) => {
      try {
        listener(detail);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    };
  }

  /**
   * @param {string} name
   * @param {number} ms
   * @param {() => void} task
   */
  #after(name, ms, task) {
    clear(this.#env, this.#timers, name);
    this.#timers[name] = this.#env.setTimeout(() => {
      delete this.#timers[name];
      task();
    }, ms);
  }
}

/**
 * @param {Env} env
 * @param {Record<string, any>} timers
 * @param {string} name
 */
function clear(env, timers, name) {
  env.clearTimeout(timers[name]);
  delete timers[name];
}

const closed = () => new TrunklineError('closed', 'the client is closed');
