// The page: what people do, and what comes from the client.

import { Trunkline } from './client/index.js';
import { Chat, isChannel, nameOf } from './chat.js';
import { Marks } from './marks.js';
import { at, notice, show, showConversations, showMessages, showState } from './view.js';
import { Wire } from './wire.js';

const STORED = 'trunkline.login';
const LOOK_MS = 4_000;
const LOGOUT_MS = 2_000;
const SEND_MS = 600_000; // a message may wait this long for a connection
const HISTORY = { limit: 100, pages: 20 };

const wire = new Wire(at('wire'), at('frame-count'), at('polls'));

/** The last one that was opened. The client does not show it; the button that cuts it needs it. */
let socket = null;

class Socket extends WebSocket {
  constructor(...given) {
    super(...given);
    socket = this;
  }
}

/** Null while nobody is logged in: {user, session, chat, client, marks, people, poll}. */
let here = null;

/** Where else to connect when this gateway is gone. */
let gateways = [webSocketUrl(location.host)];

function webSocketUrl(host) {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`;
}

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
    enter({ user, session: answer.session_id });
  } catch (failure) {
    leave(`Could not log in: ${failure.message}`);
  }
}

function enter({ user, session }) {
  sessionStorage.setItem(STORED, JSON.stringify({ user, session }));
  const chat = new Chat(user);
  let attempt = 0;
  const client = new Trunkline({
    url: () => gateways[attempt++ % gateways.length],
    session,
    storage: sessionStorage,
    timeout: SEND_MS,
    WebSocket: Socket,
  });
  here = { user, session, chat, client, people: new Map() };
  client.on('state', (state) => {
    showState(state);
    if (state.state === 'online') attempt = Math.max(0, attempt - 1); // come back here first
    if (state.state === 'online') onOnline();
    if (state.state === 'closed') onClosed(state);
  });
  client.on('message', onMessage);
  client.on('wire', ({ direction, text }) => wire.add(direction, text));
  client.on('unrecovered', () => notice('Some older messages are no longer kept.'));
  client.on('error', (error) => notice(error.message));
  here.marks = new Marks(client, chat, render);
  for (const channel of chat.channels) follow(channel);
  show('chat-view');
  client.connect();
  for (const { id, key, text } of chat.waiting) send(key, text, id);
  open(chat.current);
}

/** Back to the login. */
function leave(why) {
  sessionStorage.removeItem(STORED);
  clearInterval(here?.poll);
  at('user').value = here?.user ?? at('user').value;
  here = null;
  show('login-view');
  document.title = 'Trunkline demo';
  notice(why);
  at('user').focus();
}

function onClosed({ code, reason }) {
  const texts = { 1000: 'You are logged out.', 4004: 'You have too many connections. Close another window.' };
  leave(texts[code] ?? (code === 4001 ? 'Your session has ended. Please log in again.' : `The server ended it: ${code} ${reason}`));
}

// What comes from the client

function onOnline() {
  notice('');
  clearInterval(here.poll);
  here.poll = setInterval(look, LOOK_MS);
  look();
}

/** What nobody tells us by itself, or what may have got lost. */
function look() {
  askWhoIsThere();
  if (here.chat.awaitsMark) here.marks.ask(here.chat.current);
}

function onMessage(frame) {
  const { chat, marks, people } = here;
  const { key } = chat.take(frame, { unread: true });
  if (key === chat.current && !document.hidden) chat.open(key);
  if (!isChannel(key)) marks.tell(key);
  if (!isChannel(key) && !people.has(frame.sender)) askWhoIsThere();
  render();
}

async function askWhoIsThere() {
  const asked = here;
  const answer = await asked.client.request({ type: 'demo_people' }, { timeout: LOOK_MS }).catch(() => null);
  if (answer === null || asked !== here) return;
  here.people = new Map(answer.users.map((user, i) => [user, answer.gateways[i]]));
  at('people-title').textContent = `People: ${answer.count} online, with you`;
  showConversations(here.chat, here.people, open);
}

// Conversations

function follow(channel) {
  here.client.subscribe(channel, { onMessage });
}

function open(key) {
  const { chat, marks } = here;
  const isNew = isChannel(key) && !chat.channels.includes(nameOf(key));
  const conversation = chat.open(key);
  if (isNew) follow(nameOf(key));
  if (!isChannel(key)) marks.ask(key);
  render();
  at('text').focus();
  if (!conversation.loaded) loadHistory(key);
}

/** Pages come the oldest first; what is shown are the last of them. */
async function loadHistory(key) {
  const asked = here;
  const whose = isChannel(key) ? { channel: nameOf(key) } : { with: nameOf(key) };
  const frames = [];
  try {
    let since;
    for (let page = 0; page < HISTORY.pages; page++) {
      const answer = await asked.client.request({ type: 'history', ...whose, since, limit: HISTORY.limit });
      frames.push(...answer.messages);
      since = answer.next ?? answer.messages.at(-1)?.offset;
      if (!answer.more) break;
    }
  } catch (error) {
    if (asked === here) notice(`No older messages: ${error.message}`);
    return;
  }
  if (asked !== here) return;
  here.chat.history(key, frames.filter(({ type }) => type === 'message' || type === 'private_message'));
  if (!isChannel(key)) here.marks.tell(key);
  render();
}

async function send(key, text, id = newId()) {
  const { chat, client } = here;
  const message = chat.sending(key, text, id);
  render();
  try {
    chat.stored(message, await (isChannel(key) ? client.publish(nameOf(key), text, { id }) : client.send(nameOf(key), text, { id })));
  } catch (error) {
    chat.failed(message, `not sent: ${error.message}`);
  }
  if (chat === here?.chat) render();
}

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');

function render() {
  showConversations(here.chat, here.people, open);
  showMessages(here.chat);
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
onSubmit('find', 'name', (name) => open(name.startsWith('#') && name.length > 1 ? name : `@${name.replace(/^@(?=.)/, '')}`));
onSubmit('write', 'text', (text) => send(here.chat.current, text));
at('cut').addEventListener('click', () => socket?.close());
at('logout').addEventListener('click', () => {
  here.chat.forget();
  here.client.logout({ timeout: LOGOUT_MS }).catch(() => {}); // then the session ends by itself, later
});
document.addEventListener('visibilitychange', () => {
  if (here && !document.hidden) {
    here.chat.open(here.chat.current);
    render();
  }
});

async function findGateways() {
  const { ports } = await (await fetch('/demo/gateways')).json();
  const other = ports.find((port) => String(port) !== location.port);
  at('other').href = `${location.protocol}//${location.hostname}:${other}/`;
  at('other').hidden = false;
  gateways = [location.port, other].map((port) => webSocketUrl(`${location.hostname}:${port}`));
}

await findGateways().catch(() => {}); // the link stays hidden, and there is this gateway alone
const wanted = new URLSearchParams(location.search).get('user');
const stored = JSON.parse(sessionStorage.getItem(STORED) ?? 'null');
if (stored && (!wanted || wanted === stored.user)) enter(stored);
else if (wanted) logIn(wanted);
else {
  show('login-view');
  at('user').focus();
}
