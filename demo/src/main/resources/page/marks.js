// Which of our messages the other window has shown. The protocol knows no such thing, so the windows tell each other, in
// an ephemeral channel for each user: at most once, but each mark says "up to here", so the next one makes up for it.

import { nameOf } from './chat.js';

const channelOf = (user) => `live.marks.${user}`;

export class Marks {
  #client;
  #chat;

  constructor(client, chat, changed) {
    this.#client = client;
    this.#chat = chat;
    client.subscribe(channelOf(chat.user), {
      onMessage: ({ sender, message }) => {
        if (sender === chat.user) return;
        if (Number.isSafeInteger(message?.upTo)) chat.delivered(`@${sender}`, message.upTo);
        if (message?.ask) this.tell(`@${sender}`);
        changed();
      },
    });
  }

  /** Tells them what we have of theirs. */
  tell(key) {
    const upTo = this.#chat.lastFrom(key);
    if (upTo > 0) this.#publish(key, { upTo });
  }

  /** Asks them what they have of ours. */
  ask(key) {
    this.#publish(key, { ask: true });
  }

  #publish(key, message) {
    this.#client.tell({ type: 'publish', channel: channelOf(nameOf(key)), message });
  }
}
