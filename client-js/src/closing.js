// What a close code asks of a client: the table of close codes in the protocol.

const SHORTEST_MS = 500;
const LONGEST_MS = 20_000;

/** The server would only close again: the client is at fault, or not welcome. */
const FINAL = [1000, 1002, 1003, 1007];

/**
 * Full jitter, so that many clients do not come back at once: anything up to a limit that doubles from 0.5 to 20 s.
 * @param {number} attempt from 0
 * @param {() => number} random from 0 to 1
 * @returns {number} milliseconds
 */
export const backOff = (attempt, random) => random() * Math.min(LONGEST_MS, SHORTEST_MS * 2 ** attempt);

/**
 * @param {number} code
 * @param {string} reason
 * @param {number} attempt how often it was tried since the last steady connection
 * @param {() => number} random
 * @returns {{ms: number, held?: boolean, renew?: boolean} | null} when to connect again; `held`: not before, whatever
 *   the browser says; `renew`: with a new session. Null: not at all
 */
export function afterClose(code, reason, attempt, random) {
  if (code === 4001 || code === 4002) return { ms: attempt ? backOff(attempt, random) : 0, renew: true };
  if (FINAL.includes(code) || (code >= 4000 && code < 4100)) return null;
  if (code >= 4200 && code < 4300 && !attempt) return { ms: 0 };
  const asked = code === 4101 ? askedFor(reason) : undefined;
  return { ms: asked ?? backOff(attempt, random), held: code >= 4100 && code < 4200 };
}

/**
 * A draining gateway tells each client when to come back.
 * @param {string} reason
 * @returns {number | undefined}
 */
function askedFor(reason) {
  try {
    const ms = JSON.parse(reason).retry_after_ms;
    return ms >= 0 ? ms : undefined;
  } catch {
    return undefined;
  }
}
