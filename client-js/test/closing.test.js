import assert from 'node:assert/strict';
import test from 'node:test';
import { afterClose, backOff } from '../src/closing.js';

const half = () => 0.5;

test('back-off is anything up to a limit that doubles from half a second to twenty', () => {
  assert.deepEqual([0, 1, 2, 5, 6, 50].map((attempt) => backOff(attempt, () => 1)), [500, 1000, 2000, 16000, 20000, 20000]);
  assert.equal(backOff(3, () => 0), 0);
});

test('nobody comes back after a close that says so', () => {
  for (const code of [1000, 1002, 1003, 1007, 4003, 4004, 4050]) assert.equal(afterClose(code, '', 0, half), null);
});

test('a session that has ended asks for another at once, and again with back-off', () => {
  assert.deepEqual(afterClose(4001, '', 0, half), { ms: 0, renew: true });
  assert.deepEqual(afterClose(4002, '', 2, half), { ms: 1000, renew: true });
});

test('4200 to 4299 come back at once, but not for ever', () => {
  assert.deepEqual(afterClose(4200, '', 0, half), { ms: 0 });
  assert.equal(afterClose(4202, '', 1, half)?.ms, 500);
});

test('a draining server says when', () => {
  assert.deepEqual(afterClose(4101, '{"retry_after_ms":1234}', 0, half), { ms: 1234, held: true });
  for (const reason of ['', 'null', '{}', '{"retry_after_ms":-1}', '{"retry_after_ms":"x"}']) {
    assert.deepEqual(afterClose(4101, reason, 0, half), { ms: 250, held: true }, reason);
  }
});

test('other closes come back with back-off, and those from 4100 on not before', () => {
  for (const code of [1001, 1006, 1009, 1011]) assert.deepEqual(afterClose(code, '', 1, half), { ms: 500, held: false });
  for (const code of [4100, 4102, 4199]) assert.deepEqual(afterClose(code, '', 1, half), { ms: 500, held: true });
});
