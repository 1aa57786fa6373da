// The client against real gateways: their word on what its own tests only assume.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { api, client as connect, impatient, logIn, until, urls, webSocketUrl, WebSocket } from '../testing/gateways.js';
import { FakeStorage } from '../testing/fake.js';

const options = { skip: urls.length < 2 && 'no gateways: set TRUNKLINE_URLS and TRUNKLINE_API_KEY' };
const open = [];
let names = 0;
const name = () => `js-${process.pid}-${names++}`;

const client = (...given) => {
  const made = connect(...given);
  open.push(made.client);
  return made;
};
after(() => open.forEach((each) => each.close()));

test('two clients on two gateways talk', options, async () => {
  const [a, b] = [name(), name()];
  const [alice, bob] = [client(0, await logIn(a)), client(1, await logIn(b))];
  const ack = await alice.client.send(b, { text: 'hi' });
  assert.equal(ack.offset, 1);
  await until(() => bob.seen.length === 1, 'bob has it');
  assert.deepEqual(bob.seen[0].message, { text: 'hi' });
  assert.equal(bob.seen[0].sender, a);
  assert.notEqual(alice.client.state.node, bob.client.state.node);
});

test('one id is stored once', options, async () => {
  const b = name();
  const [alice, bob] = [client(0, await logIn(name())), client(1, await logIn(b))];
  const first = await alice.client.send(b, 1, { id: 'same' });
  const again = await alice.client.send(b, 1, { id: 'same' });
  assert.deepEqual([again.duplicate, again.offset], [true, first.offset]);
  await alice.client.send(b, 2);
  await until(() => bob.seen.length === 2, 'both are there');
});

test('connections that are lost again and again lose and repeat nothing', options, async () => {
  const b = name();
  const session = await logIn(b);
  let at = 0;
  const sockets = [];
  class Losing extends WebSocket {
    constructor(...given) {
      super(...given);
      sockets.push(this);
    }
  }
  const alice = client(0, await logIn(name()));
  const bob = client(0, session, {
    url: () => webSocketUrl(at++ % 2),
    WebSocket: Losing,
    env: impatient,
  });
  for (let i = 1; i <= 60; i++) {
    await alice.client.send(b, i);
    if (i % 10 > 0) continue;
    await until(() => bob.client.online, 'bob is online');
    sockets.at(-1).close();
    await until(() => sockets.length > i / 10, 'bob connects again');
  }
  await until(() => bob.seen.length >= 60, 'all are there');
  assert.deepEqual(bob.seen.map((message) => message.message), Array.from({ length: 60 }, (_, i) => i + 1));
  assert.equal(sockets.length, 7);
});

test('reloads go on where the page was', options, async () => {
  const b = name();
  const [session, storage] = [await logIn(b), new FakeStorage()];
  const alice = client(0, await logIn(name()));
  const shown = [];
  for (let page = 0; page < 4; page++) {
    const bob = connect(page % 2, session, { storage });
    bob.client.on('message', (message) => shown.push(message.message));
    await alice.client.send(b, page);
    await until(() => shown.length === page + 1, `page ${page} shows it`);
    bob.client.close();
  }
  assert.deepEqual(shown, [0, 1, 2, 3]);
});

test('without a storage the session goes on where its client said received', options, async () => {
  const b = name();
  const session = await logIn(b);
  const alice = client(0, await logIn(name()));
  const first = connect(0, session);
  await alice.client.send(b, 1);
  await until(() => first.seen.length === 1, 'it is there');
  await new Promise((resolve) => setTimeout(resolve, 1_500)); // it is said after 0.2 s, and stored within one
  first.client.close();
  await alice.client.send(b, 2);
  const second = client(1, session);
  await until(() => second.seen.length > 0, 'the second is there');
  assert.deepEqual(second.seen.map((message) => message.message), [2]);
});

test('what is written offline is stored once and in order', options, async () => {
  const b = name();
  const bob = client(1, await logIn(b));
  const alice = client(0, await logIn(name()));
  const acks = await Promise.all(Array.from({ length: 50 }, (_, i) => alice.client.send(b, i)));
  assert.deepEqual(acks.map((ack) => ack.offset), Array.from({ length: 50 }, (_, i) => i + 1));
  await until(() => bob.seen.length === 50, 'all are there');
  assert.deepEqual(bob.seen.map((message) => message.message), Array.from({ length: 50 }, (_, i) => i));
});

test('a channel, live and from an offset on', options, async () => {
  const channel = name();
  const [alice, bob] = [client(0, await logIn(name())), client(1, await logIn(name()))];
  const live = [];
  const subscription = bob.client.subscribe(channel, { onMessage: (message) => live.push(message.message) });
  await subscription.ready;
  for (let i = 1; i <= 5; i++) await alice.client.publish(channel, i);
  await until(() => live.length === 5, 'all are there');
  const read = [];
  for await (const message of alice.client.subscribe(channel, { since: 2 })) {
    read.push(message.message);
    if (message.offset === 5) break;
  }
  assert.deepEqual([live, read], [[1, 2, 3, 4, 5], [3, 4, 5]]);
  const { messages } = await bob.client.request({ type: 'history', channel, limit: 2 });
  assert.deepEqual(messages.map((message) => message.offset), [1, 2]);
});

test('who is in a channel on both gateways, and who comes and goes', options, async () => {
  const channel = name();
  const [a, b] = [name(), name()];
  const [alice, bob] = [client(0, await logIn(a)), client(1, await logIn(b))];
  const seen = [];
  await alice.client.subscribe(channel, { onPresence: (presence) => seen.push(presence) }).ready;
  await until(() => seen.some(({ users }) => users?.includes(a)), 'the first picture');
  const visit = bob.client.subscribe(channel, { onMessage: () => {} });
  await until(() => seen.some(({ joined, users }) => (joined ?? users).includes(b)), 'who has come');
  visit.unsubscribe();
  await until(() => seen.some(({ left }) => left?.includes(b)), 'who has gone');
});

test('an ephemeral channel and a broadcast', options, async () => {
  const channel = `live.${name()}`;
  const [alice, bob] = [client(0, await logIn(name())), client(1, await logIn(name()))];
  const came = [];
  await bob.client.subscribe(channel, { onMessage: (message) => came.push(message.message) }).ready;
  bob.client.on('broadcast', (message) => came.push(message.message));
  await until(() => {
    alice.client.tell({ type: 'publish', channel, message: 'live' });
    return came.includes('live');
  }, 'it is there');
  await alice.client.broadcast('to all');
  await until(() => came.includes('to all'), 'the broadcast is there');
});

test('errors have the code of the protocol', options, async () => {
  const alice = client(0, await logIn(name()));
  await assert.rejects(alice.client.send('nobody-of-this-name', 1), { code: 'unknown_receiver', retryable: false });
  await assert.rejects(alice.client.request({ type: 'no_such_type' }), { code: 'unknown_type' });
  assert.equal((await alice.client.request({ type: 'echo', content: 'é' })).content, 'é');
});

test('a session that is deleted ends a client with an id, and has another one fetched', options, async () => {
  const [a, b] = [name(), name()];
  const fixed = client(0, await logIn(a));
  let fetched = 0;
  const session = async () => {
    fetched++;
    return logIn(b);
  };
  const other = client(1, session);
  await until(() => fixed.client.online && other.client.online, 'both are online');
  await api('DELETE', `users/${a}/sessions`);
  await api('DELETE', `users/${b}/sessions`);
  await until(() => fixed.client.state.state === 'closed', 'closed');
  assert.equal(fixed.client.state.code, 4001);
  await until(() => fetched === 2 && other.client.online, 'online again');
});

test('a session lives on while it is used', options, async () => {
  const a = name();
  const session = await logIn(a, { ttl_seconds: 12 });
  const alice = client(0, session);
  const before = (await api('GET', `sessions/${session}`)).expires_at;
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  const { expires_at } = await api('GET', `sessions/${session}`);
  assert.ok(Date.parse(expires_at) > Date.parse(before), `${expires_at} after ${before}`);
  assert.ok(alice.client.online);
});

test('logging out ends the session', options, async () => {
  const session = await logIn(name());
  const alice = client(0, session);
  await alice.client.logout();
  assert.equal((await api('GET', `sessions/${session}`)).status, 'expired');
});
