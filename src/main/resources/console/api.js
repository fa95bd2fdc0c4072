// Talks to the REST interface of the server that this page is from.
import { askForToken, forgetToken, token } from './token.js';

const BASE = new URL('api/', document.baseURI);

/** What the server refused, in its own words. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail ?? `HTTP ${status}`);
    this.status = status;
    this.hint = body?.hint ?? null;
  }
}

/** Nobody answered, or not to the end. */
export class Unreachable extends Error {}

/** Asks; what is undefined or empty is no parameter. */
export async function get(path, parameters = {}, signal = undefined) {
  return onTheWay((await request(path, { parameters, signal })).json());
}

/** Does something. */
export async function post(path, body) {
  return onTheWay((await request(path, { method: 'POST', body: JSON.stringify(body) })).json());
}

/** How the server is; it says so with the status 503, too. */
export async function health(signal) {
  const answer = await request('health', { signal, isFine: (status) => status === 200 || status === 503 });
  const report = await onTheWay(answer.json());
  if (!report.checks) throw new Problem(answer.status, report); // too many requests, say
  return report;
}

/**
 * Reads the events of a run until it is at its end. EventSource can't send a token.
 *
 * @param onEvents gets those that came together
 * @returns whether the run ended; else the stream broke off
 */
export async function readEvents(run, signal, onOpen, onEvents) {
  const answer = await request(`runs/${encodeURIComponent(run)}/events`, { signal });
  onOpen();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let text = '';
    for (;;) {
      const { done, value } = await onTheWay(reader.read());
      if (done) return false;
      const blocks = (text + value).split('\n\n');
      text = blocks.pop();
      const events = blocks.map(parse).filter(Boolean);
      const ended = events.some((event) => event.ended);
      const told = events.filter((event) => !event.ended).map((event) => event.data);
      if (told.length) onEvents(told);
      if (ended) return true;
    }
  } finally {
    reader.cancel().catch(() => {}); // it may have broken off
  }
}

function parse(block) {
  const lines = block.split('\n');
  const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6)).join('\n');
  return data ? { ended: lines.includes('event: ended'), data: JSON.parse(data) } : null;
}

/** A picture, parsed by the browser itself: no text of it ever passes through a script. */
export async function picture(workflow, hash, signal) {
  const path = `workflows/${encodeURIComponent(workflow)}/graph`;
  const answer = await new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.open('GET', url(path, { hash }));
    asked.responseType = 'document';
    asked.overrideMimeType('image/svg+xml');
    if (token()) asked.setRequestHeader('Authorization', `Bearer ${token()}`);
    asked.onload = () => resolve(asked);
    asked.onerror = asked.onabort = () => reject(new Unreachable());
    signal.addEventListener('abort', () => asked.abort(), { once: true });
    asked.send();
  });
  if (answer.status === 200) return answer.response?.documentElement;
  await request(path, { parameters: { hash }, signal }); // asks for a token, or says in the server's words what is wrong
  throw new Unreachable(); // it may come the next time
}

function url(path, parameters = {}) {
  const target = new URL(path, BASE);
  for (const [name, value] of Object.entries(parameters)) {
    if (value != null && value !== '') target.searchParams.set(name, value);
  }
  return target;
}

/** A connection may break in the middle of an answer, too. */
async function onTheWay(answer) {
  try {
    return await answer;
  } catch (failure) {
    throw failure.name === 'AbortError' ? failure : new Unreachable();
  }
}

async function request(path, { method = 'GET', body, parameters, signal, isFine = (status) => status < 300 }) {
  for (;;) {
    const sent = token();
    const headers = {};
    if (body) headers['Content-Type'] = 'application/json';
    if (sent) headers.Authorization = `Bearer ${sent}`;
    const answer = await onTheWay(fetch(url(path, parameters), { method, body, headers, signal, cache: 'no-store' }));
    if (answer.status === 401) {
      if (sent && sent === token()) forgetToken();
      if (!token()) await askForToken(sent !== null);
      continue;
    }
    if (!isFine(answer.status)) throw new Problem(answer.status, await answer.json().catch(() => null));
    return answer;
  }
}
