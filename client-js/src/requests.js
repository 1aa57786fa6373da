import { backOff } from './closing.js';
import { TrunklineError } from './error.js';

/** Those that do no harm twice: the server knows a stored message by its `id`, and questions change nothing. */
const REPEATABLE = ['private_message', 'publish', 'echo', 'history', 'presence'];

/** Messages are stored in the order in which they were asked for: the next leaves when the last is answered. */
const ORDERED = ['private_message', 'publish'];

/** setTimeout takes no more. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * @typedef {object} RequestOptions
 * @property {string} [id] to send again, after a reload say, what may have been sent: one `id` is stored once
 * @property {number} [timeout] milliseconds until it fails with `timeout`; else the client's; Infinity: none
 * @property {AbortSignal} [signal] ends the waiting; what was sent stays sent
 * @property {boolean} [retry] whether it is sent again after a lost connection, and after an error that is retryable.
 *   Not given: yes for what the server stores or only reads. Say false for messages to an ephemeral channel
 */

/**
 * @typedef {object} Pending
 * @property {string} text
 * @property {boolean} retry
 * @property {boolean} ordered
 * @property {boolean} sent on this connection
 * @property {boolean} waits before it is sent again
 * @property {number} attempts
 * @property {any} timer
 * @property {() => void} forget
 * @property {(error: Error | null, answer?: any) => void} done
 */

/** Requests without an answer, in the order in which they were asked; those made offline wait here. */
export class Requests {
  /** @type {Map<string, Pending>} */
  #all = new Map();
  #count = 0;
  #env;
  #most;
  #transmit;

  /**
   * @param {import('./client.js').Env} env
   * @param {number} most that may be without an answer
   * @param {(text: string) => boolean} transmit false: there is no connection
   */
  constructor(env, most, transmit) {
    this.#env = env;
    this.#most = most;
    this.#transmit = transmit;
  }

  /**
   * @param {{type: string, [field: string]: unknown}} frame
   * @param {RequestOptions & {urgent?: boolean}} options `urgent`: of the client itself, and bound to the connection
   * @param {Pending['done']} done is called once, at once when the answer is read
   */
  ask(frame, { id = this.#newId(), timeout = Infinity, signal, retry, urgent }, done) {
    if (signal?.aborted) return done(signal.reason);
    if (this.#all.has(id)) return done(new TrunklineError('bad_request', `id ${id} is being sent already`));
    if (!urgent && this.#all.size >= this.#most) {
      return done(new TrunklineError('queue_full', `${this.#most} requests have no answer yet`, true));
    }
    retry ??= REPEATABLE.includes(frame.type);
    const abort = () => this.#finish(id, signal?.reason);
    const late = () => this.#finish(id, new TrunklineError('timeout', `no answer within ${timeout} ms`, true));
    const timer = timeout > LONGEST_MS ? undefined : this.#env.setTimeout(late, timeout);
    signal?.addEventListener('abort', abort);
    this.#all.set(id, {
      text: JSON.stringify({ ...frame, id }),
      retry,
      ordered: retry && ORDERED.includes(frame.type),
      sent: false,
      waits: false,
      attempts: 0,
      timer: undefined,
      forget: () => {
        this.#env.clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      },
      done,
    });
    this.flush();
  }

  /** Sends what may be sent now. */
  flush() {
    let busy = false;
    for (const request of this.#all.values()) {
      if (request.ordered && busy) continue;
      busy ||= request.ordered;
      if (request.sent || request.waits) continue;
      if (!this.#transmit(request.text)) return;
      request.sent = true;
    }
  }

  /**
   * @param {any} frame that carries an id
   * @returns {boolean} whether it answers one of these
   */
  answered(frame) {
    const request = this.#all.get(frame.id);
    if (!request) return false;
    if (frame.type !== 'error') this.#finish(frame.id, null, frame);
    else if (frame.retryable && request.retry) this.#later(request);
    else this.#finish(frame.id, new TrunklineError(frame.code, frame.message, frame.retryable));
    return true;
  }

  /** What may not be sent twice has failed; the rest is sent again on the next connection. */
  connectionLost() {
    for (const [id, request] of [...this.#all]) {
      if (request.sent && !request.retry) {
        this.#finish(id, new TrunklineError('connection_lost', 'whether it was carried out is not known', true));
      }
      request.sent = false;
    }
  }

  /** The server has closed for a message over its limit. It was the longest, which must not be sent again. */
  tooLarge() {
    const sent = [...this.#all].filter(([, request]) => request.sent);
    const [longest] = sent.sort(([, one], [, other]) => other.text.length - one.text.length);
    if (longest) this.#finish(longest[0], new TrunklineError('too_large', 'longer than the server takes'));
  }

  /** @param {TrunklineError} error */
  fail(error) {
    for (const id of [...this.#all.keys()]) this.#finish(id, error);
  }

  /** @param {Pending} request */
  #later(request) {
    request.waits = true;
    request.timer = this.#env.setTimeout(() => {
      request.waits = request.sent = false;
      this.flush();
    }, 200 + backOff(request.attempts++, this.#env.random));
  }

  /**
   * @param {string} id
   * @param {Error | null} error
   * @param {any} [answer]
   */
  #finish(id, error, answer) {
    const request = this.#all.get(id);
    if (!request) return;
    this.#all.delete(id);
    this.#env.clearTimeout(request.timer);
    request.forget();
    request.done(error, answer);
    this.flush();
  }

  /** No two alike among a user's, and nobody's secret. */
  #newId() {
    const part = () => this.#env.random().toString(36).slice(2, 12);
    return `${part()}${part()}${this.#count++}`;
  }
}
