// One user: where connected, which sessions, what can be done. A session is named by a hash of its id, never by the id.

import { at, button, element, moment, sure } from './view.js';

export class User {
  #api;
  #act;
  #shown = null;

  /** `act(work)` runs something that may be refused, and says so. */
  constructor(api, act) {
    this.#api = api;
    this.#act = act;
  }

  async find(name) {
    this.#shown = name;
    try {
      const found = await this.#api.user(name);
      // Somebody may have asked for another one meanwhile.
      if (this.#shown === name) at('found').replaceChildren(...this.#describe(found));
    } catch (refused) {
      if (refused.status !== 404) throw refused;
      if (this.#shown === name) at('found').replaceChildren(element('p', '', `There has never been a session of ${name}.`));
    }
  }

  #describe(found) {
    const parts = [element('h3', 'name', found.user), element('p', '', where(found))];
    if (found.gateways.length > 0) parts.push(button('Disconnect', '', () => this.#disconnect(found)));
    parts.push(element('p', '', `Inbox: ${found.head} ${found.head === 1 ? 'message' : 'messages'} so far.`));
    parts.push(found.sessions.length > 0 ? this.#sessions(found) : element('p', '', 'No session.'));
    const hidden = found.session_count - found.sessions.length;
    if (hidden > 0) parts.push(element('p', 'hint', `And ${hidden} older ones.`));
    return parts;
  }

  #sessions(found) {
    const box = element('div', 'wide');
    box.tabIndex = 0;
    box.setAttribute('role', 'region');
    box.setAttribute('aria-label', 'Sessions');
    const table = element('table');
    table.append(element('caption', 'unseen', 'Sessions, the newest first'), element('thead'), element('tbody'));
    const head = element('tr');
    for (const text of ['Session', 'Since', 'Until', 'Read to', 'Unread']) {
      const cell = element('th', ['Read to', 'Unread'].includes(text) ? 'number' : '', text);
      cell.scope = 'col';
      head.append(cell);
    }
    const last = element('th');
    last.scope = 'col';
    last.append(element('span', 'unseen', 'What can be done'));
    head.append(last);
    table.children[1].append(head);
    table.children[2].append(...found.sessions.map((session) => this.#row(found.user, session)));
    box.append(table);
    return box;
  }

  #row(user, session) {
    const short = session.session.slice(0, 12);
    const row = element('tr');
    const name = element('th', 'mono', short);
    name.scope = 'row';
    name.title = session.session;
    const [since, until, last] = [element('td'), element('td'), element('td')];
    since.append(moment(session.created_at));
    until.append(moment(session.expires_at));
    if (session.external) {
      last.textContent = 'of another application';
    } else {
      const end = button('End', 'quiet', () => this.#end(user, session.session));
      end.append(element('span', 'unseen', ` session ${short}`));
      last.append(end);
    }
    row.append(name, since, until, element('td', 'number', session.cursor), element('td', 'number', session.unread), last);
    return row;
  }

  async #disconnect({ user }) {
    if (!(await sure('Disconnect this user?', `All connections of ${user} close with 4003. The sessions stay.`, 'Disconnect'))) return;
    await this.#act(async () => {
      const { disconnected } = await this.#api.disconnect(user);
      await this.find(user);
      return `${disconnected} ${disconnected === 1 ? 'connection' : 'connections'} of ${user} closed.`;
    });
  }

  async #end(user, session) {
    if (!(await sure('End this session?', `${user} has to log in again where it is used.`, 'End'))) return;
    await this.#act(async () => {
      await this.#api.endSession(user, session);
      await this.find(user);
      return `Session ${session.slice(0, 12)} of ${user} has ended.`;
    });
  }
}

function where({ gateways }) {
  if (gateways.length === 0) return 'Not connected.';
  const each = gateways.map(({ name, connections }) => `${name} (${connections ?? 'no answer'})`);
  return `Connected on ${each.join(', ')}.`;
}
