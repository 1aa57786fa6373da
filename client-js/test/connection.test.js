import assert from 'node:assert/strict';
import test from 'node:test';
import { FakeSocket, settled, socket, sockets, start } from '../testing/fake.js';

test('it says who it is in the first frame, and is online with the answer', async () => {
  const { client, states } = start();
  const one = await socket();
  assert.deepEqual([one.url, one.protocols], ['ws://here/ws', ['trunkline.v1']]);
  one.welcomes({ node: 'gateway-7' });
  assert.deepEqual(one.sent[0], { type: 'session', session_id: 's-1' });
  assert.deepEqual(states.map((s) => s.state), ['connecting', 'online']);
  assert.equal(states[1].node, 'gateway-7');
  assert.equal(client.user, 'alice');
});

test('connect twice is one connection', async () => {
  const { client } = start();
  client.connect();
  await socket();
  assert.equal(sockets(), 1);
});

test('a lost connection is made again, within the back-off', async () => {
  const { clock, states } = start();
  (await socket()).welcomes().closes(1006);
  assert.equal(states.at(-1).state, 'waiting');
  assert.equal(states.at(-1).ms, 250);
  await clock.pass(249);
  assert.equal(sockets(), 1);
  await clock.pass(1);
  assert.equal(sockets(), 2);
});

test('attempts that fail wait longer each, a steady connection begins anew', async () => {
  const { clock, states } = start();
  clock.randomly = 1;
  const waits = [];
  for (let i = 0; i < 7; i++) {
    (await socket()).closes(1006);
    waits.push(states.at(-1).ms);
    await clock.pass(states.at(-1).ms);
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 16000, 20000]);
  (await socket()).welcomes();
  await clock.pass(5_000);
  (await socket()).closes(1006);
  assert.equal(states.at(-1).ms, 500);
});

test('a server that does not answer is given up', async () => {
  const { clock, states } = start();
  const one = (await socket()).opens();
  await clock.pass(10_000);
  assert.equal(states.at(-1).state, 'waiting');
  assert.equal(one.closed, 1000);
});

test('what an abandoned socket says counts for nothing', async () => {
  const { clock, seen, states } = start();
  const one = (await socket()).opens();
  await clock.pass(10_500);
  const two = (await socket()).welcomes();
  one.welcomes().delivers(9).closes(4003);
  two.delivers(1);
  assert.deepEqual(seen, [1]);
  assert.equal(states.at(-1).state, 'online');
  assert.equal(sockets(), 2);
});

test('silence is asked about, and no answer is a lost connection', async () => {
  const { clock, states } = start();
  const one = (await socket()).welcomes({ heartbeat_seconds: 20 });
  await clock.pass(20_000);
  assert.equal(one.sent.at(-1), 'ping');
  one.says('pong');
  await clock.pass(30_000);
  assert.equal(states.at(-1).state, 'online');
  assert.equal(one.sent.filter((frame) => frame === 'ping').length, 2);
  await clock.pass(10_000);
  assert.equal(sockets(), 2, 'at once, as 4201 asks');
});

test('whoever talks is not asked', async () => {
  const { clock } = start();
  const one = (await socket()).welcomes();
  for (let i = 1; i <= 4; i++) {
    one.delivers(i);
    await clock.pass(20_000);
  }
  assert.ok(!one.sent.includes('ping'));
});

test('online and a page that is looked at again do not wait, unless the server said when', async () => {
  for (const type of ['online', 'visibilitychange']) {
    const { clock } = start();
    clock.randomly = 1;
    (await socket()).closes(1006);
    clock.browser(type);
    await settled();
    assert.equal(sockets(), 2);
    await clock.pass(5_000);
    assert.equal(sockets(), 2, 'the timer of the wait is gone');
    FakeSocket.all[1].welcomes().closes(4101, '{"retry_after_ms":3000}');
    clock.browser(type);
    await settled();
    assert.equal(sockets(), 2);
    await clock.pass(3_000);
    assert.equal(sockets(), 3);
  }
});

test('a connection is looked after when the network changes', async () => {
  const { clock } = start();
  const one = (await socket()).welcomes();
  clock.browser('offline');
  assert.equal(one.sent.at(-1), 'ping');
  await clock.pass(10_000);
  assert.equal(sockets(), 2);
});

test('it stops where the server does not want it, and leaves no timer and no listener', async () => {
  const { client, clock, states } = start();
  (await socket()).welcomes().closes(4003, 'not allowed');
  assert.deepEqual(states.at(-1), { state: 'closed', code: 4003, reason: 'not allowed' });
  assert.equal(clock.pending, 0);
  assert.equal(clock.listeners.size, 0);
  await assert.rejects(client.send('bob', 1), { code: 'closed' });
});

test('close ends everything, and connect begins anew', async () => {
  const { client, clock, seen, states } = start();
  const one = (await socket()).welcomes().delivers(1);
  const sent = client.send('bob', 'hi');
  client.close();
  await assert.rejects(sent, { code: 'closed' });
  assert.equal(clock.pending, 0);
  assert.equal(one.closed, 1000);
  assert.deepEqual(one.last('received'), { type: 'received', offset: 1 });
  client.connect();
  const two = (await socket()).opens();
  assert.equal(two.sent[0].since, 1);
  two.welcomes().delivers(2);
  assert.deepEqual(seen, [1, 2]);
  assert.equal(states.at(-1).state, 'online');
});

test('the url may be asked for before each attempt', async () => {
  let n = 0;
  const { clock } = start({ url: async () => `ws://gateway-${++n}/ws` });
  (await socket()).closes(1006);
  await clock.pass(500);
  assert.equal((await socket()).url, 'ws://gateway-2/ws');
});

test('a url that cannot be had is tried again', async () => {
  const { clock, states } = start({
    url: () => {
      throw new Error('no idea');
    },
  });
  await settled();
  assert.equal(states.at(-1).state, 'waiting');
  assert.match(String(states.at(-1).error), /no idea/);
  await clock.pass(250);
  assert.equal(states.filter((s) => s.state === 'connecting').length, 2);
});
