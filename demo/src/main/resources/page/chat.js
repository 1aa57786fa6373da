// Who said what to whom, as this window knows it. No DOM, no socket.

const STORED = 'trunkline.chat';
const KEPT = 300; // messages of a conversation that are shown

/** Where everybody is. */
export const LOBBY = '#lobby';

/** A conversation's key is a user's name after `@`, or a channel's after `#`. */
export const nameOf = (key) => key.slice(1);
export const isChannel = (key) => key.startsWith('#');

export class Chat {
  user;
  current = LOBBY;
  /** key -> {key, messages, unread, loaded, delivered} */
  #conversations = new Map();
  #forgotten = false;

  constructor(user) {
    this.user = user;
    const stored = JSON.parse(sessionStorage.getItem(STORED) ?? '{}');
    const known = stored.user === user ? stored : { conversations: [[LOBBY, 0]], sending: [] };
    for (const [key, unread] of known.conversations) this.conversation(key).unread = unread;
    this.current = known.current ?? LOBBY;
    this.waiting = known.sending; // written before a reload, and not known to be stored
  }

  /** Nothing of it outlives the page. */
  forget() {
    this.#forgotten = true;
    sessionStorage.removeItem(STORED);
  }

  get conversations() {
    return [...this.#conversations.values()];
  }

  get channels() {
    return [...this.#conversations.keys()].filter(isChannel).map(nameOf);
  }

  get unread() {
    return this.conversations.reduce((sum, { unread }) => sum + unread, 0);
  }

  conversation(key) {
    if (!this.#conversations.has(key)) {
      this.#conversations.set(key, { key, messages: [], unread: 0, loaded: false, delivered: 0 });
    }
    return this.#conversations.get(key);
  }

  open(key) {
    this.current = key;
    const conversation = this.conversation(key);
    conversation.unread = 0;
    this.store();
    return conversation;
  }

  /** A message that came, now or on a page of history. Each is there once, wherever it came from. */
  take(frame, { unread = false } = {}) {
    const conversation = this.conversation(this.#keyOf(frame));
    const place = placeOf(frame);
    if (conversation.messages.some((message) => message.place === place)) return conversation;
    const mine = frame.sender === this.user;
    const own = mine && conversation.messages.find((message) => message.state === 'sending' && message.text === textOf(frame));
    if (own) Object.assign(own, { place, time: frame.time, state: 'stored', offset: frame.offset });
    else {
      const { sender, time, offset } = frame;
      this.#add(conversation, { place, sender, text: textOf(frame), time, offset, mine, state: mine ? 'stored' : '' });
      if (unread && !mine) conversation.unread++;
    }
    this.store();
    return conversation;
  }

  /** Older ones, the oldest first; what came live meanwhile stays behind them. */
  history(key, frames) {
    const conversation = this.conversation(key);
    const live = conversation.messages;
    const places = new Set(frames.map(placeOf));
    conversation.messages = [];
    for (const frame of frames) this.take(frame);
    for (const message of live) if (!places.has(message.place)) this.#add(conversation, message);
    conversation.loaded = true;
  }

  /** A message of ours, under an id of ours: so that after a reload it can be sent again and is stored once. */
  sending(key, text, id) {
    const message = { id, key, sender: this.user, text, time: new Date().toISOString(), mine: true, state: 'sending' };
    this.#add(this.conversation(key), message);
    this.store();
    return message;
  }

  stored(message, { offset, time }) {
    const conversation = this.conversation(message.key);
    const place = placeOf({ channel: isChannel(message.key) ? nameOf(message.key) : undefined, receiver: nameOf(message.key), offset });
    const twice = conversation.messages.some((other) => other !== message && other.place === place);
    if (twice) conversation.messages = conversation.messages.filter((other) => other !== message);
    Object.assign(message, { place, time, offset, state: 'stored' });
    this.store();
  }

  failed(message, why) {
    message.state = why;
    this.store();
  }

  /** Their window has shown our messages up to this offset of their inbox. */
  delivered(key, offset) {
    const conversation = this.conversation(key);
    conversation.delivered = Math.max(conversation.delivered, offset);
  }

  /** Whether something of ours in the open conversation is stored and not known to have arrived. */
  get awaitsMark() {
    const { key, messages, delivered } = this.conversation(this.current);
    return !isChannel(key) && messages.some(({ mine, state, offset }) => mine && state === 'stored' && offset > delivered);
  }

  /** The last offset of our inbox at which they wrote to us; 0: none that we know of. */
  lastFrom(key) {
    const theirs = this.conversation(key).messages.filter((message) => !message.mine && message.offset);
    return theirs.reduce((last, { offset }) => Math.max(last, offset), 0);
  }

  store() {
    if (this.#forgotten) return;
    const conversations = this.conversations.map(({ key, unread }) => [key, unread]);
    const sending = this.conversations.flatMap(({ messages }) => messages.filter(({ state }) => state === 'sending'));
    const { user, current } = this;
    sessionStorage.setItem(STORED, JSON.stringify({ user, current, conversations, sending }));
  }

  #keyOf({ type, channel, sender, receiver }) {
    if (type === 'message') return `#${channel}`;
    return `@${sender === this.user ? receiver : (sender ?? '(server)')}`;
  }

  #add(conversation, message) {
    conversation.messages.push(message);
    conversation.messages = conversation.messages.slice(-KEPT);
  }
}

/** An offset is one in a channel, or in the inbox of whoever got it. */
const placeOf = ({ channel, receiver, offset }) => `${channel === undefined ? `@${receiver}` : `#${channel}`}\n${offset}`;

const textOf = ({ message }) => (typeof message === 'string' ? message : JSON.stringify(message));
