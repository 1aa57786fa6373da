// One client of Trunkline: a session, requests with answers, and a socket that comes back when it is lost.

import { afterClose } from './closing.js';

const QUIET_MS = 10_000; // pages cannot see protocol pings: after this long we ask, and once more this long we wait
const STEADY_MS = 5_000; // a connection this old was a good one
const RETRY_MS = 1_000;
const RECEIVED_MS = 300; // one `received` for all that came meanwhile

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');

export class Connection {
  #sessionId;
  #events;
  #socket = null;
  #attempt = 0;
  #quiet = false; // nothing has come since the last look
  #asked = false; // and we have asked whether anybody is there
  #waiting = new Map(); // id -> {frame, durable, resolve, reject}
  #timers = {};
  #online = false;

  /** The last offset of the inbox that we have; 0: none yet. */
  offset;

  /** `events`: state(name, detail), frame(frame), wire(direction, text), ended(why, sessionGone). */
  constructor(sessionId, offset, events) {
    this.#sessionId = sessionId;
    this.offset = offset;
    this.#events = events;
  }

  open() {
    clearTimeout(this.#timers.open);
    this.#events.state('connecting');
    const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
    const socket = new WebSocket(url, ['trunkline.v1']);
    this.#socket = socket;
    this.#quiet = this.#asked = false;
    socket.onopen = () => this.#identify();
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(data);
    socket.onclose = ({ code, reason }) => this.#closed(socket, code, reason);
    clearInterval(this.#timers.watch);
    this.#timers.watch = setInterval(() => this.#watch(socket), QUIET_MS);
  }

  /** Ends for good. */
  close() {
    Object.values(this.#timers).forEach((timer) => clearTimeout(timer));
    const socket = this.#socket;
    this.#socket = null;
    this.#online = false;
    socket?.close(1000);
  }

  /** Sends without asking for an answer; false, and lost, when there is no connection. */
  tell(frame) {
    if (this.#online) this.#transmit(frame);
    return this.#online;
  }

  /** Resolves with the answer, rejects with an error frame. A durable request is sent again until it is answered. */
  ask(fields, { durable = false } = {}) {
    const frame = { ...fields, id: newId() };
    return new Promise((resolve, reject) => {
      if (!this.#online && !durable) {
        reject({ code: 'unavailable', message: 'not connected', retryable: true });
        return;
      }
      this.#waiting.set(frame.id, { frame, durable, resolve, reject });
      this.tell(frame);
    });
  }

  #identify() {
    const since = this.offset > 0 ? { since: this.offset } : {};
    this.#transmit({ type: 'session', session_id: this.#sessionId, ...since });
  }

  #transmit(frame) {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
    this.#socket.send(text);
    this.#events.wire('out', text);
  }

  #receive(text) {
    this.#quiet = this.#asked = false;
    this.#events.wire('in', text);
    if (text === 'pong') return;
    const frame = JSON.parse(text);
    if (frame.id !== undefined && this.#waiting.has(frame.id)) {
      this.#answered(frame);
    } else if (frame.type === 'session') {
      this.#session(frame);
    } else if (frame.type !== 'private_message' || this.#isNew(frame)) {
      this.#events.frame(frame);
    }
  }

  #session(frame) {
    if (frame.status !== 'valid') {
      this.close();
      this.#events.ended('Your session has ended. Please log in again.', true);
      return;
    }
    this.#online = true;
    this.offset = Math.min(this.offset, frame.offset);
    this.#timers.steady = setTimeout(() => (this.#attempt = 0), STEADY_MS);
    this.#events.state('online', frame);
    for (const { frame: unanswered } of this.#waiting.values()) this.tell(unanswered);
  }

  #answered(frame) {
    const request = this.#waiting.get(frame.id);
    if (frame.type === 'error' && frame.retryable && request.durable) {
      setTimeout(() => this.tell(request.frame), RETRY_MS);
      return;
    }
    this.#waiting.delete(frame.id);
    if (frame.type === 'error') request.reject(frame);
    else request.resolve(frame);
  }

  /** Offsets go up by one; what we have already is not shown again. */
  #isNew(frame) {
    if (frame.offset === undefined) return true;
    if (frame.offset <= this.offset) return false;
    this.offset = frame.offset;
    this.#timers.received ??= setTimeout(() => {
      this.#timers.received = undefined;
      this.tell({ type: 'received', offset: this.offset });
    }, RECEIVED_MS);
    return true;
  }

  #watch(socket) {
    if (this.#asked) {
      socket.close();
      this.#closed(socket, 1006, '');
    } else if (this.#quiet) {
      this.tell('ping');
      this.#asked = true;
    }
    this.#quiet = true;
  }

  #closed(socket, code, reason) {
    if (socket !== this.#socket) return;
    this.#online = false;
    this.#socket = null;
    clearInterval(this.#timers.watch);
    clearTimeout(this.#timers.steady);
    this.#events.wire('in', `closed ${code} ${reason}`.trim());
    for (const [id, request] of this.#waiting) {
      if (!request.durable) {
        this.#waiting.delete(id);
        request.reject({ code: 'unavailable', message: 'connection lost', retryable: true });
      }
    }
    const { final, waitMs } = afterClose(code, reason, this.#attempt++);
    if (final) {
      this.close();
      this.#events.ended(final, code === 4001 || code === 4002);
    } else {
      this.#events.state('waiting', waitMs);
      this.#timers.open = setTimeout(() => this.open(), waitMs);
    }
  }
}
