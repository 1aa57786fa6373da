// The page: what operators do, and the look at the cluster every two seconds.

import { Api } from './api.js';
import { History } from './history.js';
import { Nodes } from './nodes.js';
import { Plots } from './plots.js';
import { User } from './user.js';
import { at, notice, show, sure } from './view.js';

const LOOK_MILLIS = 2000;
const ALL_SAMPLES = 150;

/** Beyond those that should be new, as a look may be late. */
const SPARE_SAMPLES = 3;

const api = new Api();
const plots = new Plots(at('plots'));
const nodes = new Nodes(drain);
const user = new User(api, act);
let history = new History();
let timer;
let lookedAt = 0;

async function look() {
  clearTimeout(timer);
  if (!api.hasKey) return;
  const missing = Math.ceil((Date.now() - lookedAt) / LOOK_MILLIS) + SPARE_SAMPLES;
  try {
    const answer = await api.nodes(Math.min(ALL_SAMPLES, missing));
    if (!api.hasKey) return; // left meanwhile
    lookedAt = Date.now();
    history.take(answer);
    say(answer);
    show('cluster-view');
    nodes.show(answer, history);
    plots.show(history);
  } catch (refused) {
    if (refused.status === 401) {
      leave('This is no API key of this gateway.');
      return;
    }
    at('state').textContent = `No news: ${refused.message ?? refused}`;
    at('state').dataset.state = 'lost';
  }
  if (!document.hidden) timer = setTimeout(look, LOOK_MILLIS);
}

function say({ nodes: all }) {
  const silent = all.filter(({ answers }) => !answers).length;
  const text = `${all.length} ${all.length === 1 ? 'node' : 'nodes'}${silent > 0 ? `, ${silent} without an answer` : ''}`;
  // Only what changes is read out.
  if (at('state').textContent !== text) at('state').textContent = text;
  at('state').dataset.state = silent > 0 ? 'wait' : 'good';
}

function leave(why = '') {
  clearTimeout(timer);
  api.forget();
  history = new History();
  lookedAt = 0;
  at('found').replaceChildren();
  at('nodes').replaceChildren();
  at('state').textContent = '';
  delete at('state').dataset.state;
  notice(why);
  show('login-view');
  at('key').focus();
}

/** Does what may be refused; what it says, or why not, is told. */
async function act(work) {
  try {
    notice((await work()) ?? '');
  } catch (refused) {
    if (refused.status === 401) leave('This is no API key of this gateway any more.');
    else notice(`Not done: ${refused.message}`);
  }
}

async function drain(name, on) {
  const [title, text, verb] = on
    ? ['Drain this gateway?', `${name} sends its clients to the other gateways and takes no new ones, until you let it.`, 'Drain']
    : ['Take clients again?', `${name} takes new clients again.`, 'Take clients'];
  if (!(await sure(title, text, verb))) return;
  await act(async () => {
    const { connections } = await api.drain(name, on);
    await look();
    return on ? `${name} sends ${connections} clients away.` : `${name} takes clients again.`;
  });
}

at('login').addEventListener('submit', (event) => {
  event.preventDefault();
  notice('');
  api.keep(at('key').value.trim());
  at('key').value = '';
  look();
});

at('leave').addEventListener('click', () => leave());

at('find').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = at('user').value;
  if (at('kind').value === 'receiver') at('target').value = name;
  act(() => user.find(name));
});

at('test').addEventListener('submit', (event) => {
  event.preventDefault();
  at('sent').textContent = '';
  act(async () => {
    const { offset, time } = await api.send({ [at('kind').value]: at('target').value, message: at('text').value });
    at('sent').textContent = `${offset ? `Stored as number ${offset}` : 'Sent'} at ${new Date(time).toLocaleTimeString('en-GB')}.`;
  });
});

document.addEventListener('visibilitychange', () => {
  if (!document.hidden) look();
});

if (api.hasKey) look();
else leave();
