// What people see. Everything that came from others goes in as text.

import { isChannel, nameOf } from './chat.js';

export const at = (id) => document.getElementById(id);

export function show(view) {
  for (const id of ['login-view', 'chat-view']) at(id).hidden = id !== view;
  for (const id of ['logout', 'cut']) at(id).hidden = view !== 'chat-view';
}

export function notice(text) {
  at('notice').textContent = text;
}

/** {state, user, node, ms} as the client tells it. */
export function showState({ state, user, node, ms }) {
  const texts = {
    connecting: () => 'Connecting …',
    online: () => `${user} on ${node}`,
    waiting: () => `Connection lost, trying again ${ms < 1000 ? 'now' : `in ${Math.ceil(ms / 1000)} s`}`,
    closed: () => 'Not connected',
  };
  at('state').textContent = texts[state]();
  at('state').dataset.state = state;
}

/** `people`: name -> the gateways they are on. */
export function showConversations(chat, people, open) {
  const channels = chat.conversations.filter(({ key }) => isChannel(key)).map(({ key }) => key);
  const known = chat.conversations.filter(({ key }) => !isChannel(key)).map(({ key }) => key);
  const online = [...people.keys()].filter((user) => user !== chat.user).map((user) => `@${user}`);
  const users = [...new Set([...known, ...online])].sort((one, other) => one.localeCompare(other));
  fill(at('channels'), channels, (key) => entry(chat, key, '', open));
  fill(at('people'), users, (key) => entry(chat, key, people.get(nameOf(key)) ?? 'offline', open));
  document.title = `${chat.unread ? `(${chat.unread}) ` : ''}${chat.user} – Trunkline demo`;
}

/** Replaces what has changed, so that whoever is on a button stays there. */
function fill(list, keys, make) {
  const items = new Map([...list.children].map((item) => [item.dataset.key, item]));
  const wanted = keys.map((key) => {
    const made = make(key);
    const item = items.get(key) ?? element('li');
    item.dataset.key = key;
    if (!item.firstChild) item.append(made);
    else if (item.firstChild.outerHTML !== made.outerHTML) {
      const focused = item.contains(document.activeElement);
      item.replaceChildren(made);
      if (focused) made.focus();
    }
    return item;
  });
  const same = wanted.length === list.children.length && wanted.every((item, i) => item === list.children[i]);
  if (!same) list.replaceChildren(...wanted);
}

function entry(chat, key, where, open) {
  const conversation = chat.conversations.find((each) => each.key === key);
  const button = element('button', 'entry');
  button.type = 'button';
  button.dataset.kind = isChannel(key) ? 'channel' : where === 'offline' ? 'offline' : 'online';
  button.append(element('span', 'name', isChannel(key) ? key : nameOf(key)));
  if (where) button.append(' ', element('span', 'where', where));
  if (key === chat.current) button.setAttribute('aria-current', 'true');
  if (conversation?.unread) {
    const badge = element('span', 'badge', conversation.unread);
    badge.append(element('span', 'unseen', ' new'));
    button.append(' ', badge);
  }
  button.addEventListener('click', () => open(key));
  return button;
}

/** Adds only what is new where it can, so that a screen reader says only that. */
export function showMessages(chat) {
  const [box, list] = [at('messages'), at('message-list')];
  const conversation = chat.conversation(chat.current);
  at('conversation-title').textContent = isChannel(chat.current) ? chat.current : nameOf(chat.current);
  const bottom = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
  const shown = [...list.children];
  const same = list.chat === chat && list.key === chat.current && shown.every((item, i) => item.message === conversation.messages[i]);
  if (!same) list.replaceChildren();
  Object.assign(list, { chat, key: chat.current });
  for (const message of conversation.messages.slice(list.children.length)) list.append(messageItem(message));
  for (const item of list.children) showMark(item, conversation);
  if (bottom || !same) box.scrollTop = box.scrollHeight;
}

function messageItem(message) {
  const item = element('li', message.mine ? 'mine' : 'theirs');
  const time = element('time', '', new Date(message.time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
  time.dateTime = message.time;
  item.append(element('b', '', message.mine ? 'You' : (message.sender ?? 'Server')), ' ', time, element('p', '', message.text));
  item.append(element('small', 'mark'));
  item.message = message;
  return item;
}

function showMark(item, { key, delivered }) {
  const { state, offset } = item.message;
  const arrived = state === 'stored' && !isChannel(key) && offset <= delivered;
  const text = arrived ? '✓✓ delivered' : ({ sending: 'sending …', stored: '✓ stored' }[state] ?? state);
  if (item.lastChild.textContent !== text) item.lastChild.textContent = text;
}

function element(name, className = '', text = '') {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
