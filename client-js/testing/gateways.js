// Real gateways, as the environment names them: TRUNKLINE_URLS, http URLs with commas, and TRUNKLINE_API_KEY.

import { Trunkline } from '../src/index.js';

export const urls = (process.env.TRUNKLINE_URLS ?? '').split(',').filter(Boolean);

/** Node has one of its own from 22 on. */
export const WebSocket = globalThis.WebSocket ?? (await import('ws')).default;

export async function api(method, path, body) {
  const response = await fetch(`${urls[0]}/api/${path}`, {
    method,
    headers: { Authorization: `Bearer ${process.env.TRUNKLINE_API_KEY}` },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? null : response.json();
}

export const logIn = async (user, fields = {}) => (await api('POST', 'sessions', { user, ...fields })).session_id;

export const webSocketUrl = (gateway) => `${urls[gateway].replace(/^http/, 'ws')}/ws`;

/** As here, but six losses in a row are waited out in two seconds: by the rule it may be 31. */
export const impatient = {
  setTimeout: (task, ms) => setTimeout(task, ms),
  clearTimeout: (timer) => clearTimeout(timer),
  now: () => Date.now(),
  random: () => Math.random() / 16,
  events: {},
};

/** A client on a gateway, and what it has shown. */
export function client(gateway, session, options = {}) {
  const made = new Trunkline({ url: webSocketUrl(gateway), session, WebSocket, ...options });
  const seen = [];
  const states = [];
  made.on('state', (state) => states.push(state));
  made.on('message', (message) => seen.push(message));
  made.connect();
  return { client: made, seen, states };
}

export async function until(condition, what, ms = 15_000) {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
