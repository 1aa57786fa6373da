// The page: what people see and press. Everything that came from others goes in as text.

import { Chat, EVERYONE } from './chat.js';
import { Connection } from './connection.js';
import { Wire } from './wire.js';

const STORED = 'trunkline.session';
const PRESENCE_MS = 4_000;
const LOGOUT_MS = 1_000;

const at = (id) => document.getElementById(id);
const wire = new Wire(at('wire'), at('frame-count'), at('polls'));

let session = null; // {user, id, offset}
let chat = null;
let connection = null;
let poll = null;

// Logging in and out

async function logIn(user) {
  notice('');
  try {
    const response = await fetch('/demo/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message);
    enter({ user, id: answer.session_id, offset: 0 });
  } catch (failure) {
    leave(`Could not log in: ${failure.message}`);
  }
}

function enter(known) {
  session = known;
  remember();
  chat = new Chat(session.user);
  connection = new Connection(session.id, session.offset, {
    state: showState,
    frame: onFrame,
    wire: (direction, text) => wire.add(direction, text),
    ended: leave,
  });
  show('chat-view');
  connection.open();
  render();
  at('text').focus();
}

/** Back to the login. A session that is gone is forgotten; another may come back with a reload. */
function leave(why, sessionGone = true) {
  clearInterval(poll);
  connection?.close();
  if (sessionGone) sessionStorage.removeItem(STORED);
  at('user').value = session?.user ?? at('user').value;
  const over = session?.over;
  session = chat = connection = null;
  show('login-view');
  at('state').textContent = 'Not connected';
  at('state').dataset.state = 'off';
  notice(over ? 'You are logged out.' : why);
  at('user').focus();
}

function remember() {
  sessionStorage.setItem(STORED, JSON.stringify(session));
}

// What comes from the connection

function showState(name, detail) {
  const texts = {
    connecting: () => 'Connecting …',
    online: () => `${detail.user} on ${detail.node}`,
    waiting: () => `Connection lost, trying again in ${Math.ceil(detail / 1000)} s`,
  };
  at('state').textContent = texts[name]();
  at('state').dataset.state = name;
  clearInterval(poll);
  if (name !== 'online') return;
  notice(detail.recovered ? '' : 'Some older messages are no longer kept.');
  askWhoIsOnline();
  poll = setInterval(askWhoIsOnline, PRESENCE_MS);
}

function onFrame(frame) {
  if (frame.type === 'private_message' || frame.type === 'broadcast') {
    chat.arrived(frame);
    session.offset = connection.offset;
    remember();
    render();
    if (!chat.online.includes(frame.sender)) askWhoIsOnline();
  } else if (frame.type === 'error') {
    notice(frame.message);
  }
}

async function askWhoIsOnline() {
  const asked = connection;
  const answer = await asked.ask({ type: 'presence' }).catch(() => null);
  if (answer === null || asked !== connection) return;
  const changed = answer.users.join('\n') !== chat.online.join('\n');
  chat.online = answer.users;
  at('people-title').textContent = `Online: ${answer.count}, with you`;
  if (changed) render();
}

async function send(text) {
  const receiver = chat.current;
  const message = chat.sending(receiver, text);
  const [from, writer] = [chat, connection];
  render();
  try {
    const everyone = receiver === EVERYONE;
    const frame = everyone ? { type: 'broadcast', message: text } : { type: 'private_message', receiver, message: text };
    await writer.ask(frame, { durable: !everyone });
    from.settle(message, 'sent');
  } catch (error) {
    from.settle(message, `not sent: ${error.message}`);
  }
  if (from === chat) render();
}

// What people see

function render() {
  at('people').replaceChildren(...chat.peers.map(personItem));
  at('conversation-title').textContent = chat.current === EVERYONE ? 'Everyone' : chat.current;
  renderMessages();
  document.title = `${chat.allUnread ? `(${chat.allUnread}) ` : ''}${session.user} – Trunkline demo`;
}

function personItem(peer) {
  const button = element('button', 'person', peer === EVERYONE ? 'Everyone' : peer);
  button.type = 'button';
  button.dataset.online = peer === EVERYONE || chat.online.includes(peer);
  if (button.dataset.online === 'false') button.append(element('span', 'away', ' offline'));
  if (peer === chat.current) button.setAttribute('aria-current', 'true');
  if (chat.unread(peer)) {
    const badge = element('span', 'badge', chat.unread(peer));
    badge.append(element('span', 'unseen', ' new'));
    button.append(badge);
  }
  button.addEventListener('click', () => openConversation(peer));
  const item = element('li');
  item.append(button);
  return item;
}

/** Adds only what is new, so that a screen reader says only that. */
function renderMessages() {
  const list = at('messages');
  const bottom = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  const messages = chat.conversation;
  const same = list.chat === chat && list.peer === chat.current && messages[0] === list.first;
  if (!same) list.replaceChildren();
  Object.assign(list, { chat, peer: chat.current, first: messages[0] });
  messages.slice(0, list.children.length).forEach((message, i) => showMark(list.children[i], message));
  messages.slice(list.children.length).forEach((message) => list.append(messageItem(message)));
  if (bottom || !same) list.scrollTop = list.scrollHeight;
}

function messageItem(message) {
  const item = element('li', message.mine ? 'mine' : 'theirs');
  const time = element('time', '', new Date(message.time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
  time.dateTime = message.time;
  item.append(element('b', '', message.mine ? 'You' : message.sender), ' ', time, element('p', '', message.text));
  item.append(element('small', 'mark'));
  showMark(item, message);
  return item;
}

function showMark(item, message) {
  const sent = message.peer === EVERYONE ? '✓ sent' : '✓ stored';
  const text = { sending: 'sending …', sent }[message.state] ?? message.state ?? '';
  if (item.lastChild.textContent !== text) item.lastChild.textContent = text;
}

function openConversation(peer) {
  chat.open(peer);
  render();
  at('text').focus();
}

function element(name, className = '', text = '') {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function show(view) {
  for (const id of ['login-view', 'chat-view']) at(id).hidden = id !== view;
  at('logout').hidden = view !== 'chat-view';
}

function notice(text) {
  at('notice').textContent = text;
}

async function showOtherGateway() {
  const { ports } = await (await fetch('/demo/gateways')).json();
  const other = ports.find((port) => String(port) !== location.port);
  at('other').href = `${location.protocol}//${location.hostname}:${other}/`;
  at('other').hidden = false;
}

// What people do

function onSubmit(formId, inputId, action) {
  at(formId).addEventListener('submit', (event) => {
    event.preventDefault();
    const value = at(inputId).value.trim();
    if (value === '') return;
    at(inputId).value = '';
    action(value);
  });
}

onSubmit('login', 'user', logIn);
onSubmit('find', 'name', openConversation);
onSubmit('write', 'text', send);
at('logout').addEventListener('click', () => {
  Chat.forget();
  // The server ends the session and closes with 4001. Without it the session ends by itself, later.
  connection.tell({ type: 'logout' });
  session.over = true;
  setTimeout((left) => left === session && leave(''), LOGOUT_MS, session);
});

showOtherGateway().catch(() => {}); // the link stays hidden
const wanted = new URLSearchParams(location.search).get('user');
const stored = JSON.parse(sessionStorage.getItem(STORED) ?? 'null');
if (stored && (!wanted || wanted === stored.user)) enter(stored);
else if (wanted) logIn(wanted);
else {
  show('login-view');
  at('user').focus();
}
