// What a close code asks of a client, as the protocol's table of close codes says.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

const FINAL = {
  1000: 'The connection was closed.',
  1002: 'This page broke the WebSocket protocol.',
  1003: 'This page sent a wrong kind of data.',
  1007: 'This page sent bad UTF-8.',
  4001: 'Your session has ended. Please log in again.',
  4002: 'No session was given in time. Please log in again.',
  4003: 'This is not allowed.',
  4004: 'You have too many connections. Close another window and log in again.',
};

/** Doubles with each attempt; random, so that many clients do not come back at once. */
function backOff(attempt) {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return longest / 2 + Math.random() * (longest / 2);
}

/** A draining gateway tells each client when to come back. */
function askedFor(reason) {
  try {
    const millis = JSON.parse(reason).retry_after_ms;
    return millis >= 0 ? millis : null;
  } catch {
    return null;
  }
}

/** {waitMs} when to connect again, or {final: why not}. `attempt` counts from 0 since the last good connection. */
export function afterClose(code, reason, attempt) {
  if (FINAL[code] || (code >= 4000 && code < 4100)) {
    return { final: FINAL[code] ?? `The server ended the connection (${code}).` };
  }
  if (code >= 4200 && code < 4300 && attempt === 0) {
    return { waitMs: 0 };
  }
  return { waitMs: (code === 4101 ? askedFor(reason) : null) ?? backOff(attempt) };
}
