// One track of a run: why it is where it is, what it was given and what it came to, and what may be done with it.
import { get } from './api.js';
import { trackButtons } from './actions.js';
import { h } from './dom.js';
import { refusal } from './pages.js';
import { chip } from './states.js';
import { ago, exact } from './time.js';
import { count, t } from './texts.js';
import { told } from './why.js';

const PAYLOADS = ['error', 'output', 'data', 'input'];

/** What is asked of the server for a track that somebody looks at; asked anew when its state changed. */
export class TrackDetails {
  #run;
  #signal;
  #onChange;
  #about = null;
  reason = null;
  payloads = null;
  failure = null;

  constructor(run, signal, onChange) {
    this.#run = run;
    this.#signal = signal;
    this.#onChange = onChange;
  }

  async look(track) {
    const about = `${track.trackId} ${track.state} ${track.attempt} ${track.holds.length}`;
    const isOther = this.#about?.split(' ')[0] !== track.trackId;
    if (isOther) this.payloads = this.reason = null;
    const isNew = this.#about !== about;
    this.#about = about;
    const path = `runs/${encodeURIComponent(this.#run)}`;
    try {
      const [{ reasons }, payloads] = await Promise.all([
        get(`${path}/why`, { trackId: track.trackId }, this.#signal),
        isNew ? get(`${path}/tracks/${encodeURIComponent(track.trackId)}/payloads`, {}, this.#signal) : null,
      ]);
      if (this.#about !== about) return; // another one is looked at meanwhile
      Object.assign(this, { reason: reasons[0], payloads: isNew ? payloads : this.payloads, failure: null });
    } catch (failure) {
      if (this.#signal.aborted) return;
      this.#about = null;
      this.failure = failure;
    }
    this.#onChange();
  }
}

/** The panel. */
export function trackPanel(run, track, details, onSelect, onDone) {
  const missing = details.reason?.missing ?? [];
  const past = track.state === 'held' ? [] : track.holds; // what holds it now is told by the reason
  return h('section', { class: 'panel track', key: 'track ' + track.trackId, 'aria-label': t('track.title', { track: track.trackId }) },
    h('h2', {}, track.trackId, ' ', chip(track.state)),
    h('div', { class: 'buttons left' }, ...trackButtons(run, track, onDone)),
    refusal(details.failure),
    details.reason && h('div', { class: 'why', 'data-reason': details.reason.reason }, ...told(details.reason)),
    missing.length > 0 && h('p', { class: 'quiet' }, t('track.waits-for'), ' ', ...missing.slice(0, 20).map((name) =>
      [h('button', { class: 'link', onclick: () => onSelect(name) }, name), ' '])),
    h('dl', { class: 'facts' }, ...facts(track).flatMap(([name, value, title]) => [h('dt', {}, t('track.' + name)), h('dd', { title }, value)])),
    past.length > 0 && h('div', { key: 'holds' }, h('h3', {}, t('track.holds')),
      h('ul', {}, ...past.map((hold) => h('li', {}, hold.sentence.replace(/^is held: /, ''), ' ', h('span', { class: 'quiet', title: exact(hold.firstAt) }, t('track.held', { n: hold.times, when: ago(hold.firstAt) })))))),
    details.payloads && PAYLOADS.filter((name) => details.payloads[name]).map((name) => payload(name, details.payloads[name])));
}

function facts(track) {
  return [
    ['handler', track.handler],
    ['attempt', track.attempt || null],
    ['worker', track.worker],
    ['doing', track.doing],
    ['due', track.dueAt && ago(track.dueAt), track.dueAt && exact(track.dueAt)],
  ].filter(([, value]) => value != null && value !== '');
}

function payload(name, { text, bytes, cut }) {
  return h('details', { class: 'payload', key: name, open: name === 'error' },
    h('summary', {}, t('payload.' + name), ' ', h('span', { class: 'quiet' }, t('payload.bytes', { n: bytes, count: count(bytes) }))),
    h('pre', { tabindex: '0' }, text),
    cut && h('p', { class: 'quiet' }, t('payload.cut')));
}
