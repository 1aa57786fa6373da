// The server API on the port that this page came from. The key is in this tab's sessionStorage and in the header of each
// call, never in an address.

const STORED = 'trunkline.key';

export class Refused extends Error {
  constructor(status, { code = 'unavailable', message = 'no answer' } = {}) {
    super(message);
    Object.assign(this, { status, code });
  }
}

export class Api {
  get hasKey() {
    return sessionStorage.getItem(STORED) !== null;
  }

  keep(key) {
    sessionStorage.setItem(STORED, key);
  }

  forget() {
    sessionStorage.removeItem(STORED);
  }

  nodes(samples) {
    return this.#call('GET', `nodes?samples=${samples}`);
  }

  drain(node, on) {
    return this.#call(on ? 'POST' : 'DELETE', `nodes/${encodeURIComponent(node)}/drain`);
  }

  user(user) {
    return this.#call('GET', `users/${encodeURIComponent(user)}`);
  }

  endSession(user, session) {
    return this.#call('DELETE', `users/${encodeURIComponent(user)}/sessions/${session}`);
  }

  disconnect(user) {
    return this.#call('POST', `users/${encodeURIComponent(user)}/disconnect`);
  }

  send(message) {
    return this.#call('POST', 'messages', message);
  }

  /** What was answered, null without a body; fails with Refused, also where nobody answers. */
  async #call(method, path, body) {
    const key = sessionStorage.getItem(STORED);
    if (!/^[\x20-\x7e]*$/.test(key)) throw new Refused(401, { message: 'no header can hold this key' });
    let answer;
    try {
      answer = await fetch(`/api/${path}`, {
        method,
        headers: { Authorization: `Bearer ${key}` },
        body: body && JSON.stringify(body),
        cache: 'no-store',
        credentials: 'omit',
        signal: AbortSignal.timeout(8000),
      });
    } catch {
      throw new Refused(0, { message: 'this gateway does not answer' });
    }
    if (answer.status === 204) return null;
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(answer.status, said);
    return said;
  }
}
