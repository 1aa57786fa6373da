/**
 * A message, as it came.
 * @typedef {{type: string, sender?: string, channel?: string, receiver?: string, message: any, offset?: number,
 *   time: string}} Message
 */

/** Messages that wait for one `for await`; beyond that they are asked for again when it has caught up. */
const MOST_WAITING = 1000;

/**
 * The inbox or a channel: what arrives is handed to each reader once, in the order of the offsets.
 *
 *   JOINING   the server has not said from where on; nothing counts yet
 *   LIVE      each message goes to the readers
 *   BEHIND    a reader is full, or there is none: what comes is passed over, and asked for again later
 */
export class Topic {
  /** @type {Set<Reader>} */
  #readers = new Set();
  /** Told who comes and goes. @type {Set<(presence: any) => void>} */
  watchers = new Set();
  /** @type {'joining' | 'live' | 'behind'} */
  #state = 'joining';
  /** The last offset of which its owner was told that it was seen. */
  #told = -1;
  #owner;

  /**
   * @param {string} name the channel's; '' is the inbox
   * @param {number | undefined} after what the application has already; undefined: the server decides
   * @param {{seen(topic: Topic, offset: number, back?: boolean): void, again(topic: Topic): void,
   *   left(topic: Topic): void}} owner `again`: a topic that was behind can take what it missed; `left`: the last
   *   reader is gone
   */
  constructor(name, after, owner) {
    this.name = name;
    /** The last offset that was handed out: where to go on after a reconnect. */
    this.after = after;
    this.#owner = owner;
  }

  /**
   * The server has said from where on.
   * @param {{offset: number, recovered: boolean}} frame
   */
  begin(frame) {
    this.#state = 'live';
    if (this.after !== undefined && !frame.recovered && this.after > frame.offset) {
      this.after = this.#told = frame.offset; // its log is not the one we knew
      this.#owner.seen(this, frame.offset, true);
    } else if (this.name) {
      this.after ??= frame.offset;
    }
    this.settle();
  }

  /** The connection is lost. */
  pause() {
    this.#state = 'joining';
  }

  /** @param {Message} frame */
  take(frame) {
    const offset = frame.offset;
    if (this.#state !== 'live' || Number(offset) <= Number(this.after)) return;
    const ready = [...this.#readers].filter((reader) => !reader.full);
    if (offset !== undefined) {
      if (!ready.length || ready.length < this.#readers.size) {
        this.#state = 'behind';
        return;
      }
      this.after = offset;
    }
    for (const reader of ready) reader.give(frame);
    this.settle();
  }

  /** Tells how far all readers have come. */
  settle() {
    let seen = Number(this.after ?? -1);
    for (const reader of this.#readers) seen = Math.min(seen, reader.before);
    if (seen > this.#told && seen > 0) {
      this.#told = seen;
      this.#owner.seen(this, seen);
    }
    if (this.#state === 'behind' && this.#readers.size && [...this.#readers].every((reader) => reader.idle)) {
      this.#owner.again(this);
    }
  }

  /** @param {any} presence */
  tell(presence) {
    for (const watcher of [...this.watchers]) watcher(presence);
  }

  /** @param {Reader} reader */
  join(reader) {
    this.#readers.add(reader);
    this.settle();
  }

  /** @param {Reader} reader */
  leave(reader) {
    const { before } = reader;
    if (!this.#readers.delete(reader)) return;
    if (!this.#readers.size && before < Number(this.after)) {
      this.after = before; // what lay unread is for whoever comes next
      this.#state = 'behind';
    }
    this.settle();
    if (this.deserted) this.#owner.left(this);
  }

  get deserted() {
    return !this.#readers.size && !this.watchers.size;
  }

  /**
   * The places were another user's.
   * @param {number | undefined} after
   */
  move(after) {
    this.after = after;
    this.#told = -1;
  }

  /**
   * Functions stay, for a client that connects again; loops end.
   * @param {Error} [error] why there is nothing more; without one they end in peace
   */
  end(error) {
    this.#state = 'joining';
    for (const reader of this.#readers) {
      const last = reader.end(error);
      if (last < Number(this.after)) this.after = last;
      if (reader instanceof Line) this.#readers.delete(reader);
    }
  }
}

/** @typedef {Callback | Line} Reader */

/** A function that is called with each message. What it has returned from is seen. */
export class Callback {
  full = false;
  idle = true;
  before = Infinity;
  end = () => Infinity;

  /** @param {(message: Message) => void} give */
  constructor(give) {
    this.give = give;
  }
}

/**
 * Messages for one `for await`. A message is seen when the next one is asked for.
 * @implements {AsyncIterableIterator<Message>}
 */
export class Line {
  /** @type {Message[]} in hand at first, then those that wait */
  #held = [];
  #inHand = false;
  /** @type {{resolve(result: any): void, reject(error: Error): void}[]} */
  #asked = [];
  /** @type {Error | undefined} */
  #error;
  #ended = false;
  #topic;

  /** @param {Topic} topic */
  constructor(topic) {
    this.#topic = topic;
  }

  get full() {
    return this.#held.length >= MOST_WAITING;
  }

  get idle() {
    return !this.#held.length;
  }

  get before() {
    return this.#held[0]?.offset === undefined ? Infinity : this.#held[0].offset - 1;
  }

  /** @param {Message} frame */
  give(frame) {
    this.#held.push(frame);
    this.#answer();
  }

  /**
   * What is in hand is still seen, what waits is not.
   * @param {Error} [error]
   * @returns {number} the last offset that is
   */
  end(error) {
    const last = this.#inHand ? (this.#held[0].offset ?? Infinity) : this.before;
    this.#held.length = this.#inHand ? 1 : 0;
    this.#ended = true;
    this.#error = error;
    this.#answer();
    return last;
  }

  /** @returns {Promise<IteratorResult<Message>>} */
  next() {
    if (this.#inHand) {
      this.#inHand = false;
      this.#held.shift();
      this.#topic.settle();
    }
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      this.#answer();
    });
  }

  /** @returns {Promise<IteratorResult<Message>>} */
  async return() {
    if (this.#inHand) this.#held.shift();
    this.#inHand = false;
    this.#topic.leave(this);
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  #answer() {
    while (this.#asked.length && !this.#inHand) {
      if (this.#held.length) {
        this.#inHand = true;
        this.#asked.shift()?.resolve({ done: false, value: this.#held[0] });
      } else if (this.#ended) {
        const asked = this.#asked.shift();
        if (this.#error) asked?.reject(this.#error);
        else asked?.resolve({ done: true, value: undefined });
        this.#error = undefined;
      } else return;
    }
  }
}
