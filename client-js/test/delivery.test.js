import assert from 'node:assert/strict';
import test from 'node:test';
import { FakeStorage, settled, socket, sockets, start } from '../testing/fake.js';

const news = (offset, fields = {}) => ({ type: 'message', channel: 'news', sender: 'bob', message: offset, offset, time: 't', ...fields });
const subscribed = (one, fields = {}) =>
  one.says({ type: 'subscribed', id: one.last('subscribe').id, channel: 'news', offset: 0, recovered: true, ...fields });

test('each message once, in order, and on after the last one', async () => {
  const { clock, seen } = start();
  const one = (await socket()).welcomes();
  one.delivers(1).delivers(2).delivers(2).delivers(1).closes(1006);
  await clock.pass(500);
  const two = (await socket()).welcomes();
  assert.equal(two.sent[0].since, 2);
  two.delivers(2).delivers(3);
  assert.deepEqual(seen, [1, 2, 3]);
});

test('what was seen is said, once for all that came meanwhile, and again on the next connection', async () => {
  const { clock } = start();
  const one = (await socket()).welcomes();
  one.delivers(1).delivers(2);
  await clock.pass(200);
  assert.deepEqual(one.all('received').map((frame) => frame.offset), [0, 2]);
  one.delivers(3).closes(1006);
  await clock.pass(500);
  const two = (await socket()).welcomes();
  assert.deepEqual(two.all('received').map((frame) => frame.offset), [3]);
  two.closes(1006); // whether that arrived is not known
  await clock.pass(1_000);
  assert.equal((await socket()).welcomes().last('received').offset, 3);
});

test('a page that is left says what it has seen', async () => {
  const { clock } = start();
  const one = (await socket()).welcomes().delivers(1);
  clock.browser('pagehide');
  assert.equal(one.last('received').offset, 1);
});

test('a reload goes on where the storage says', async () => {
  const storage = new FakeStorage();
  const first = start({ storage });
  (await socket()).welcomes().delivers(1).delivers(2);
  first.client.close();
  const second = start({ storage });
  const two = (await socket()).welcomes();
  assert.equal(two.sent[0].since, 2);
  two.delivers(2).delivers(3);
  assert.deepEqual(second.seen, [3]);
});

test('of tabs that share a storage the furthest counts', async () => {
  const storage = new FakeStorage();
  start({ storage });
  const one = (await socket()).welcomes();
  start({ storage });
  const two = (await socket()).welcomes();
  two.delivers(1).delivers(2).delivers(3);
  one.delivers(1).delivers(2);
  start({ storage });
  assert.equal((await socket()).opens().sent[0].since, 3);
});

test('a storage that fails costs an error event, not a message', async () => {
  const storage = { getItem: () => null, setItem: () => { throw new Error('full'); } };
  const { client, seen } = start({ storage });
  const errors = [];
  client.on('error', (error) => errors.push(error.message));
  (await socket()).welcomes().delivers(1);
  assert.deepEqual(seen, [1]);
  assert.ok(errors.includes('full'));
});

test('what is not kept any more is told', async () => {
  const { client, clock, seen } = start();
  const missed = [];
  client.on('unrecovered', (what) => missed.push(what));
  (await socket()).welcomes().delivers(1).closes(1006);
  await clock.pass(500);
  (await socket()).welcomes({ recovered: false, offset: 12 }).delivers(10);
  assert.deepEqual(missed, [{ channel: '', offset: 12 }]);
  assert.deepEqual(seen, [1, 10]);
});

test('a log that begins anew is followed from its head', async () => {
  const storage = new FakeStorage();
  const { clock, seen } = start({ storage });
  (await socket()).welcomes().delivers(100).closes(1006);
  await clock.pass(500);
  const two = (await socket()).welcomes({ recovered: false, offset: 3 });
  two.delivers(4).closes(1006);
  assert.deepEqual(seen, [100, 4]);
  await clock.pass(1_000);
  assert.equal((await socket()).opens().sent[0].since, 4);
  start({ storage });
  assert.equal((await socket()).opens().sent[0].since, 4);
});

test('a message in a loop is seen when the next is asked for', async () => {
  const storage = new FakeStorage();
  const { client, clock } = start({ storage, silent: true });
  const loop = client.messages();
  const one = (await socket()).welcomes().delivers(1).delivers(2);
  assert.equal((await loop.next()).value.offset, 1);
  await clock.pass(500);
  assert.deepEqual(one.all('received').map((frame) => frame.offset), [0]);
  assert.equal((await loop.next()).value.offset, 2);
  await clock.pass(500);
  assert.equal(one.last('received').offset, 1);
  const waiting = loop.next();
  client.close();
  assert.deepEqual(await waiting, { done: true, value: undefined });
  start({ storage });
  assert.equal((await socket()).opens().sent[0].since, 2);
});

test('a loop that is left has seen what it had in hand, and not what waited', async () => {
  const { client, clock } = start({ silent: true });
  const loop = client.messages();
  (await socket()).welcomes().delivers(1).delivers(2).delivers(3);
  for await (const message of loop) if (message.offset === 2) break;
  await clock.pass(500);
  const again = client.messages();
  await clock.pass(0);
  const two = await socket();
  assert.equal(sockets(), 2);
  assert.equal(two.opens().sent[0].since, 2);
  two.welcomes().delivers(3);
  assert.equal((await again.next()).value.offset, 3);
});

test('messages for which there is nobody are asked for again when there is', async () => {
  const { client, clock } = start({ silent: true });
  (await socket()).welcomes().delivers(5);
  const seen = [];
  client.on('message', (message) => seen.push(message.offset));
  await clock.pass(0);
  (await socket()).welcomes().delivers(5);
  assert.deepEqual(seen, [5]);
});

test('a loop that does not keep up holds a thousand, and asks for the rest when it has caught up', async () => {
  const { client, clock } = start({ silent: true });
  const loop = client.messages();
  const one = (await socket()).welcomes();
  for (let offset = 1; offset <= 1500; offset++) one.delivers(offset);
  for (let offset = 1; offset <= 1000; offset++) assert.equal((await loop.next()).value.offset, offset);
  assert.equal(sockets(), 1);
  const next = loop.next();
  await clock.pass(0);
  const two = await socket();
  assert.equal(two.opens().sent[0].since, 1000);
  two.welcomes().delivers(1001);
  assert.equal((await next).value.offset, 1001);
});

test('a function that throws has seen its message, and harms nobody else', async (t) => {
  const thrown = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => thrown.push(error.message));
  t.after(() => {
    process.removeAllListeners('uncaughtException');
    listeners.forEach((listener) => process.on('uncaughtException', listener));
  });
  const { client, clock, seen } = start({ silent: true });
  client.on('message', () => { throw new Error('my fault'); });
  client.on('message', (message) => seen.push(message.offset));
  const one = (await socket()).welcomes().delivers(1);
  await clock.pass(200);
  assert.deepEqual(seen, [1]);
  assert.equal(one.last('received').offset, 1);
  assert.deepEqual(thrown, ['my fault']);
});

test('a channel from now on, and through reconnects without a hole', async () => {
  const { client, clock } = start();
  const seen = [];
  const channel = client.subscribe('news', { onMessage: (message) => seen.push(message.offset) });
  const one = (await socket()).welcomes();
  assert.equal(one.last('subscribe').since, undefined);
  subscribed(one, { offset: 9 });
  await channel.ready;
  one.says(news(10)).closes(1006);
  await clock.pass(500);
  const two = (await socket()).welcomes();
  assert.equal(two.last('subscribe').since, 10);
  subscribed(two, { offset: 12 }).says(news(11)).says(news(12));
  assert.deepEqual(seen, [10, 11, 12]);
});

test('who is in a channel, then who comes and goes, and anew after each reconnect', async () => {
  const { client, clock } = start();
  const seen = [];
  const channel = client.subscribe('news', { onPresence: ({ users, joined }) => seen.push(users ?? joined) });
  const one = (await socket()).welcomes();
  assert.equal(one.last('subscribe').presence, true);
  subscribed(one);
  one.says({ type: 'presence', id: one.last('presence').id, count: 1, users: ['alice'] });
  one.says({ type: 'presence_change', channel: 'news', joined: ['bob'], left: [] });
  one.says({ type: 'presence_change', channel: 'other', joined: ['eve'], left: [] }).closes(1006);
  await clock.pass(500);
  const two = (await socket()).welcomes();
  assert.equal(two.last('subscribe').presence, true);
  subscribed(two);
  two.says({ type: 'presence', id: two.last('presence').id, count: 1, users: ['carol'] });
  assert.deepEqual(seen, [['alice'], ['bob'], ['carol']]);
  channel.unsubscribe();
  assert.equal(two.last('unsubscribe').channel, 'news');
});

test('presence asked for later joins anew and loses no message, and its end leaves the readers', async () => {
  const { client } = start();
  const seen = [];
  client.subscribe('news', { onMessage: (message) => seen.push(message.offset) });
  const one = (await socket()).welcomes();
  assert.equal(one.last('subscribe').presence, undefined);
  subscribed(one, { offset: 9 }).says(news(10));
  const watching = client.subscribe('news', { onPresence: () => {} });
  assert.deepEqual([one.last('subscribe').presence, one.last('subscribe').since], [true, 10]);
  subscribed(one, { offset: 10 }).says(news(11));
  watching.unsubscribe();
  one.says(news(12));
  assert.deepEqual(seen, [10, 11, 12]);
  assert.equal(one.last('unsubscribe'), undefined);
});

test('presence that is refused costs an error event, and no reader a message', async () => {
  const { client } = start();
  const [seen, errors] = [[], []];
  client.on('error', ({ code }) => errors.push(code));
  client.subscribe('news', { onMessage: (message) => seen.push(message.offset) });
  const one = (await socket()).welcomes();
  subscribed(one, { offset: 9 }).says(news(10));
  client.subscribe('news', { onPresence: () => {} });
  const { id } = one.last('subscribe');
  one.says({ type: 'error', id, code: 'forbidden', message: 'no', retryable: false });
  assert.deepEqual([one.last('subscribe').presence, one.last('subscribe').since], [undefined, 10]);
  subscribed(one, { offset: 10 }).says(news(11));
  assert.deepEqual([seen, errors], [[10, 11], ['forbidden']]);
});

test('nothing new before the connection was lost: the hole begins where the subscription did', async () => {
  const { client, clock } = start();
  client.subscribe('news', { onMessage: () => {} });
  subscribed((await socket()).welcomes(), { offset: 9 }).closes(1006);
  await clock.pass(500);
  assert.equal((await socket()).welcomes().last('subscribe').since, 9);
});

test('a channel from an offset on, the first time; then the storage knows', async () => {
  const storage = new FakeStorage();
  const first = start({ storage });
  first.client.subscribe('news', { since: 0, onMessage: () => {} });
  const one = (await socket()).welcomes();
  assert.equal(one.last('subscribe').since, 0);
  subscribed(one, { offset: 2 }).says(news(1)).says(news(2));
  const second = start({ storage });
  second.client.subscribe('news', { since: 0, onMessage: () => {} });
  assert.equal((await socket()).welcomes().last('subscribe').since, 2);
});

test('an ephemeral channel has no offsets', async () => {
  const { client, clock } = start();
  const seen = [];
  client.subscribe('live', { onMessage: (message) => seen.push(message.message) });
  const one = (await socket()).welcomes();
  one.says({ type: 'subscribed', id: one.last('subscribe').id, channel: 'live', offset: 0, recovered: true });
  for (const text of ['a', 'b']) one.says({ type: 'message', channel: 'live', sender: 'bob', message: text, time: 't' });
  one.closes(1006);
  await clock.pass(500);
  assert.equal((await socket()).welcomes().last('subscribe').since, 0);
  assert.deepEqual(seen, ['a', 'b']);
});

test('two subscriptions of a channel are one for the server, until both are gone', async () => {
  const { client } = start();
  const seen = [];
  const a = client.subscribe('news', { onMessage: () => seen.push('a') });
  const b = client.subscribe('news', { onMessage: () => seen.push('b') });
  const one = (await socket()).welcomes();
  assert.equal(one.all('subscribe').length, 1);
  subscribed(one).says(news(1));
  a.unsubscribe();
  assert.equal(one.last('unsubscribe'), undefined);
  one.says(news(2));
  b.unsubscribe();
  assert.deepEqual(one.last('unsubscribe'), { type: 'unsubscribe', channel: 'news' });
  one.says(news(3));
  assert.deepEqual(seen, ['a', 'b', 'b']);
});

test('a loop over a channel ends the subscription with it', async () => {
  const { client } = start();
  const one = (await socket()).welcomes();
  const read = (async () => {
    for await (const message of client.subscribe('news')) if (message.offset === 2) return 'done';
  })();
  subscribed(one).says(news(1)).says(news(2));
  assert.equal(await read, 'done');
  assert.equal(one.all('unsubscribe').length, 1);
});

test('a channel that is refused says so to all who wait for it', async () => {
  const { client } = start();
  const channel = client.subscribe('nope');
  const loop = channel[Symbol.asyncIterator]();
  const next = loop.next();
  const one = (await socket()).welcomes();
  one.says({ type: 'error', id: one.last('subscribe').id, code: 'unknown_channel', message: 'no', retryable: false });
  await assert.rejects(channel.ready, { code: 'unknown_channel' });
  await assert.rejects(next, { code: 'unknown_channel' });
});

test('a channel that cannot be had now is asked for again', async () => {
  const { client, clock } = start();
  client.subscribe('news', { onMessage: () => {} });
  const one = (await socket()).welcomes();
  one.says({ type: 'error', id: one.last('subscribe').id, code: 'unavailable', message: '', retryable: true });
  await clock.pass(2_000);
  assert.equal(one.all('subscribe').length, 2);
});

test('a channel whose loop does not keep up is asked for again, without another connection', async () => {
  const { client } = start();
  const loop = client.subscribe('news', { since: 0 })[Symbol.asyncIterator]();
  const one = (await socket()).welcomes();
  subscribed(one, { offset: 1200 });
  for (let offset = 1; offset <= 1200; offset++) one.says(news(offset));
  for (let offset = 1; offset <= 1000; offset++) assert.equal((await loop.next()).value.offset, offset);
  const next = loop.next();
  await settled();
  assert.equal(one.all('unsubscribe').length, 1);
  assert.equal(one.last('subscribe').since, 1000);
  one.says(news(1201)); // of the old subscription
  subscribed(one, { offset: 1201 }).says(news(1001));
  assert.equal((await next).value.offset, 1001);
  assert.equal(sockets(), 1);
});

test('stored frames of other types have their place among the messages', async () => {
  const { client, clock } = start();
  const seen = [];
  client.subscribe('news', { onMessage: (frame) => seen.push(frame.type) });
  const one = (await socket()).welcomes();
  subscribed(one).says(news(1)).says({ type: 'reaction', channel: 'news', sender: 'bob', to: 1, emoji: '!', offset: 2 });
  one.closes(1006);
  await clock.pass(500);
  assert.equal((await socket()).welcomes().last('subscribe').since, 2);
  assert.deepEqual(seen, ['message', 'reaction']);
});

test('a client that is closed has not seen what waited in its loops', async () => {
  const { client } = start({ silent: true });
  const loop = client.messages();
  (await socket()).welcomes().delivers(1).delivers(2).delivers(3);
  assert.equal((await loop.next()).value.offset, 1);
  client.close();
  assert.equal((await loop.next()).done, true);
  client.connect();
  assert.equal((await socket()).opens().sent[0].since, 1);
});

test('an answer to an earlier subscription says nothing about a later one', async () => {
  const { client } = start();
  const seen = [];
  const one = (await socket()).welcomes();
  const first = client.subscribe('news', { onMessage: () => {} });
  const { id } = one.last('subscribe');
  first.unsubscribe();
  client.subscribe('news', { since: 5, onMessage: (message) => seen.push(message.offset) });
  one.says({ type: 'subscribed', id, channel: 'news', offset: 8, recovered: true }).says(news(9));
  subscribed(one, { offset: 9 });
  for (let offset = 6; offset <= 9; offset++) one.says(news(offset));
  assert.deepEqual(seen, [6, 7, 8, 9]);
});
