import assert from 'node:assert/strict';
import test from 'node:test';
import { FakeStorage, settled, socket, sockets, start } from '../testing/fake.js';

const expired = { type: 'session', status: 'expired' };
const inAnHour = new Date(1_000_000 + 3_600_000).toISOString();

test('a session id that is not valid ends it', async () => {
  const { states } = start();
  (await socket()).opens().says(expired);
  assert.deepEqual(states.at(-1), { state: 'closed', code: 4001, reason: 'expired' });
});

test('a function is asked for another session when one has ended, and only then', async () => {
  let n = 0;
  const { clock } = start({ session: async () => `s-${++n}` });
  (await socket()).welcomes().closes(1006);
  await clock.pass(500);
  const two = (await socket()).welcomes();
  assert.equal(two.sent[0].session_id, 's-1');
  await clock.pass(5_000);
  two.closes(4001);
  await clock.pass(0);
  assert.equal((await socket()).opens().sent[0].session_id, 's-2');
});

test('sessions that are refused again and again are asked for with back-off', async () => {
  const { clock, states } = start({ session: () => 'bad' });
  (await socket()).opens().says(expired);
  await clock.pass(0);
  (await socket()).opens().says(expired);
  assert.equal(states.at(-1).ms, 500);
});

test('a function that gives none closes it, one that fails is asked again', async () => {
  const answers = [() => Promise.reject(new Error('offline')), () => null];
  const { clock, states } = start({ session: () => answers.shift()() });
  await settled();
  assert.equal(states.at(-1).state, 'waiting');
  await clock.pass(500);
  assert.deepEqual(states.at(-1), { state: 'closed', code: 4002, reason: 'no session' });
});

test('a session is renewed half-way to its end, each time', async () => {
  const { clock } = start();
  const one = (await socket()).welcomes({ expires_at: new Date(1_000_000 + 60_000).toISOString() });
  await clock.pass(30_000);
  const { id } = one.last('renew');
  one.says({ type: 'session', id, status: 'valid', user: 'alice', expires_at: inAnHour, offset: 7, recovered: true, heartbeat_seconds: 25 });
  await clock.pass(10_000);
  assert.equal(one.all('renew').length, 1);
});

test('a renewal that fails is tried again', async () => {
  const { clock } = start();
  const one = (await socket()).welcomes({ expires_at: new Date(1_000_000 + 60_000).toISOString() });
  await clock.pass(30_000);
  one.says({ type: 'error', id: one.last('renew').id, code: 'unavailable', message: '', retryable: true });
  await clock.pass(5_000);
  assert.equal(one.all('renew').length, 2);
});

test('where sessions are not ours to renew the application gives one, which is handed in', async () => {
  let n = 0;
  const { clock } = start({ session: () => `s-${++n}` });
  const one = (await socket()).welcomes({ expires_at: new Date(1_000_000 + 60_000).toISOString() });
  await clock.pass(30_000);
  one.says({ type: 'error', id: one.last('renew').id, code: 'forbidden', message: '', retryable: false });
  await settled();
  assert.equal(one.last('session').session_id, 's-2');
  assert.equal(sockets(), 1);
});

test('a clock that is ahead costs a question every five seconds, no more', async () => {
  const { clock } = start();
  const one = (await socket()).welcomes({ expires_at: new Date(0).toISOString() });
  await clock.pass(4_999);
  assert.equal(one.all('renew').length, 0);
  await clock.pass(1);
  assert.equal(one.all('renew').length, 1);
});

test('logging out ends it, and asks for no other session', async () => {
  let n = 0;
  const { client, clock, states } = start({ session: () => `s-${++n}` });
  const one = (await socket()).welcomes();
  const out = client.logout();
  one.says({ type: 'session', id: one.last('logout').id, status: 'empty' });
  await out;
  assert.equal(states.at(-1).state, 'closed');
  await clock.pass(60_000);
  assert.deepEqual([n, sockets()], [1, 1]);
});

test('logging out without a server closes all the same', async () => {
  const { client, clock, states } = start();
  await socket();
  const out = client.logout({ timeout: 1000 });
  out.catch(() => {});
  await clock.pass(1000);
  await assert.rejects(out, { code: 'timeout' });
  assert.equal(states.at(-1).state, 'closed');
});

test("another user's session neither gets the first one's places nor sends what that one wrote", async () => {
  const storage = new FakeStorage();
  const { client, clock, seen } = start({ storage, session: () => 's' });
  const one = (await socket()).welcomes().delivers(41);
  one.closes(4001);
  const sent = client.send('carol', 'from alice');
  await clock.pass(0);
  (await socket()).welcomes({ user: 'bob' });
  await assert.rejects(sent, { code: 'user_changed' });
  await clock.pass(500);
  const three = (await socket()).opens();
  assert.equal(three.sent[0].since, undefined);
  three.welcomes({ user: 'bob' }).delivers(3);
  assert.deepEqual(seen, [41, 3]);
  assert.equal(three.last('private_message'), undefined);
});
