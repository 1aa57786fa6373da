import assert from 'node:assert/strict';
import test from 'node:test';
import { socket, start } from '../testing/fake.js';

const unavailable = (id) => ({ type: 'error', id, code: 'unavailable', message: 'later', retryable: true });

async function online(options) {
  const started = start(options);
  const one = (await socket()).welcomes();
  return { ...started, one };
}

test('a request resolves with its answer', async () => {
  const { client, one } = await online();
  const echo = client.request({ type: 'echo', content: 7 });
  one.says({ type: 'echo', id: one.last('echo').id, content: 7 });
  assert.equal((await echo).content, 7);
});

test('an error frame rejects', async () => {
  const { client, one } = await online();
  const sent = client.send('nobody', 'hi', { id: 'x' });
  one.says({ type: 'error', id: 'x', code: 'unknown_receiver', message: 'no such user', retryable: false });
  await assert.rejects(sent, { name: 'TrunklineError', code: 'unknown_receiver', message: 'no such user', retryable: false });
});

test('a request has a deadline, online or not', async () => {
  const { client, clock } = start({ timeout: 5_000 });
  const late = client.send('bob', 'hi');
  const later = client.send('bob', 'hi', { timeout: Infinity });
  late.catch(() => {});
  await clock.pass(5_000);
  await assert.rejects(late, { code: 'timeout' });
  (await socket()).welcomes().acks();
  assert.equal((await later).offset, 1);
});

test('a request can be given up, before and after it was sent', async () => {
  const { client, one } = await online();
  await assert.rejects(client.send('bob', 'hi', { signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.equal(one.last('private_message'), undefined);
  const stop = new AbortController();
  const sent = client.send('bob', 'hi', { signal: stop.signal });
  stop.abort(new Error('enough'));
  await assert.rejects(sent, { message: 'enough' });
  one.acks(); // nobody waits for it
});

test('what is sent offline goes out once, in order, under its own id', async () => {
  const { client, one, clock } = await online();
  one.closes(1006);
  const sent = ['a', 'b', 'c'].map((id) => client.send('bob', id, { id }));
  await clock.pass(500);
  const two = (await socket()).welcomes();
  for (let i = 0; i < 3; i++) two.acks();
  await Promise.all(sent);
  assert.deepEqual(two.all('private_message').map((frame) => frame.id), ['a', 'b', 'c']);
  two.closes(1006);
  await clock.pass(1_000);
  assert.equal((await socket()).welcomes().last('private_message'), undefined);
});

test('what was not acked when the connection was lost is sent again under its id', async () => {
  const { client, one, clock } = await online();
  const sent = client.send('bob', 'hi');
  const { id } = one.last('private_message');
  one.closes(1006);
  await clock.pass(500);
  const two = (await socket()).welcomes();
  assert.equal(two.last('private_message').id, id);
  two.says({ type: 'ack', id, offset: 4, time: 't', duplicate: true });
  assert.equal((await sent).offset, 4);
});

test('stored messages leave one after another, so that none overtakes', async () => {
  const { client, one, clock } = await online();
  const sent = ['a', 'b'].map((id) => client.publish('news', id, { id }));
  assert.deepEqual(one.all('publish').map((frame) => frame.id), ['a']);
  one.says(unavailable('a'));
  assert.equal(one.all('publish').length, 1);
  await clock.pass(500);
  one.acks('publish').acks('publish');
  await Promise.all(sent);
  assert.deepEqual(one.all('publish').map((frame) => frame.id), ['a', 'a', 'b']);
});

test('what cannot be sent twice is not', async () => {
  const { client, one, clock } = await online();
  const [shouted, live] = [client.broadcast('hi'), client.publish('live.x', 1, { retry: false })];
  live.catch(() => {});
  one.closes(1006);
  await assert.rejects(shouted, { code: 'connection_lost', retryable: true });
  await assert.rejects(live, { code: 'connection_lost' });
  const queued = client.broadcast('again');
  await clock.pass(500);
  const two = (await socket()).welcomes();
  assert.deepEqual(two.all('broadcast').map((frame) => frame.message), ['again']);
  two.acks('broadcast');
  await queued;
});

test('the queue is bounded', async () => {
  const { client } = start({ maxQueue: 2 });
  const [one, two] = [client.send('bob', 1), client.send('bob', 2)];
  await assert.rejects(client.send('bob', 3), { code: 'queue_full', retryable: true });
  client.close();
  await assert.rejects(Promise.all([one, two]), { code: 'closed' });
  await two.catch(() => {});
});

test('an id is used by one request at a time', async () => {
  const { client, one } = await online();
  const first = client.send('bob', 1, { id: 'a' });
  await assert.rejects(client.send('bob', 2, { id: 'a' }), { code: 'bad_request' });
  one.acks();
  await first;
});

test('a message over the limit is not sent again, the others are', async () => {
  const { client, one, clock } = await online();
  const large = client.send('bob', 'x'.repeat(1000));
  const echo = client.request({ type: 'echo', content: 1 });
  one.closes(1009);
  await assert.rejects(large, { code: 'too_large' });
  await clock.pass(500);
  const two = (await socket()).welcomes();
  assert.equal(two.last('private_message'), undefined);
  two.says({ type: 'echo', id: two.last('echo').id, content: 1 });
  await echo;
});

test('frames without an answer are sent or lost', async () => {
  const { client, one } = await online();
  assert.equal(client.tell({ type: 'publish', channel: 'live.x', message: 1 }), true);
  assert.equal(one.last('publish').id, undefined);
  one.closes(1006);
  assert.equal(client.tell({ type: 'publish', channel: 'live.x', message: 1 }), false);
});

test('errors without a request, and frames that nobody asked for, are events', async () => {
  const { client, one } = await online();
  const events = [];
  client.on('error', (error) => events.push(error.code));
  client.on('frame', (frame) => events.push(frame.type));
  client.on('broadcast', (frame) => events.push(frame.message));
  one.says({ type: 'error', code: 'rate_limited', message: '', retryable: true });
  one.says({ type: 'presence_change', channel: 'news', joined: ['bob'], left: [] });
  one.says({ type: 'broadcast', sender: 'bob', message: 'hi', time: 't' });
  assert.deepEqual(events, ['rate_limited', 'presence_change', 'hi']);
});
