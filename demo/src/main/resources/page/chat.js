// Who said what to whom, as this window knows it. No DOM, no socket.

/** The conversation with everybody. No user can have this name: it is blank. */
export const EVERYONE = '';

const STORED = 'trunkline.chat';
const KEPT = 300; // messages that outlive a reload

export class Chat {
  user;
  online = [];
  current = EVERYONE;
  messages = []; // {peer, sender, text, time, mine, state}
  #unread = new Map();

  constructor(user) {
    this.user = user;
    const stored = JSON.parse(sessionStorage.getItem(STORED) ?? '{}');
    if (stored.user === user) this.messages = stored.messages.map(asAfterReload);
  }

  /** A private message or a broadcast that came. */
  arrived(frame) {
    const broadcast = frame.type === 'broadcast';
    const peer = broadcast ? EVERYONE : frame.sender;
    // Our own come back: a broadcast, and what we write to ourselves. They are shown already.
    if (frame.sender === this.user && this.#echoed(peer, frame)) return;
    this.#add({ peer, sender: frame.sender, text: textOf(frame.message), time: frame.time, mine: frame.sender === this.user });
    if (peer !== this.current) this.#unread.set(peer, this.unread(peer) + 1);
  }

  /** A message that is being sent; its `state` is `sending`, then `sent` or what went wrong. */
  sending(peer, text) {
    const message = { peer, sender: this.user, text, time: new Date().toISOString(), mine: true, state: 'sending' };
    this.#add(message);
    return message;
  }

  settle(message, state) {
    message.state = state;
    this.#store();
  }

  open(peer) {
    this.current = peer;
    this.#unread.delete(peer);
  }

  unread(peer) {
    return this.#unread.get(peer) ?? 0;
  }

  get allUnread() {
    return [...this.#unread.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Everybody to list: who is online, and who has written or been written to. */
  get peers() {
    const others = this.online.filter((user) => user !== this.user);
    const known = new Set([...others, ...this.messages.map((message) => message.peer), this.current]);
    known.delete(EVERYONE);
    return [EVERYONE, ...[...known].sort((one, other) => one.localeCompare(other))];
  }

  get conversation() {
    return this.messages.filter((message) => message.peer === this.current);
  }

  static forget() {
    sessionStorage.removeItem(STORED);
  }

  #echoed(peer, frame) {
    const text = textOf(frame.message);
    const own = this.messages.find((message) => message.mine && message.peer === peer && !message.echoed && message.text === text);
    if (own) own.echoed = true;
    return Boolean(own);
  }

  #add(message) {
    this.messages.push(message);
    this.messages = this.messages.slice(-KEPT);
    this.#store();
  }

  #store() {
    sessionStorage.setItem(STORED, JSON.stringify({ user: this.user, messages: this.messages }));
  }
}

/** What was on its way when the page was left may have arrived or not. */
function asAfterReload(message) {
  return message.state === 'sending' ? { ...message, state: 'not known to be sent' } : message;
}

const textOf = (message) => (typeof message === 'string' ? message : JSON.stringify(message));
