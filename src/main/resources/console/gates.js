// What holds work back: circuits, pauses, limits, backpressure, quarantine.
import { get } from './api.js';
import { confirm } from './actions.js';
import { h, patch } from './dom.js';
import { actionsColumn, empty, heading, loading, refusal, repeat, short, table } from './pages.js';
import { link } from './route.js';
import { ago, exact } from './time.js';
import { t } from './texts.js';

const EVERY_MILLIS = 3_000;

export function open(main, route, signal) {
  const view = { gates: null, failure: null };
  const draw = () => {
    const closed = view.gates?.filter((gate) => gate.state === 'closed') ?? [];
    const others = view.gates?.filter((gate) => gate.state !== 'closed') ?? [];
    patch(main, heading(t('nav.gates')), refusal(view.failure), h('p', { class: 'quiet', key: 'about' }, t('gates.about')),
      h('form', { class: 'filters', key: 'hold', onsubmit: (event) => hold(event, load) },
        h('div', { class: 'field' }, h('label', { for: 'handler' }, t('gates.handler')), h('input', { id: 'handler', required: true, maxlength: 200, spellcheck: 'false', autocomplete: 'off' })),
        h('div', { class: 'field' }, h('button', {}, t('gates.hold')))),
      view.gates === null ? !view.failure && loading() : [
        h('h2', { key: 'closed-title' }, t('gates.closed', { n: closed.length })),
        closed.length ? list('closed', closed, load) : empty(t('gates.none')),
        others.length > 0 && h('details', { key: 'open' }, h('summary', {}, t('gates.open', { n: others.length })), list('open', others, load))]);
  };
  const load = async () => {
    view.gates = (await get('gates', {}, signal)).gates;
    view.failure = null;
    draw();
  };
  draw();
  repeat(signal, EVERY_MILLIS, load, (failure) => { view.failure = failure; draw(); });
}

function hold(event, onDone) {
  event.preventDefault();
  const field = event.target.querySelector('#handler');
  const handler = field.value.trim();
  confirm({
    title: t('action.hold-handler', { handler }), effects: [t('effect.hold-handler', { handler }), t('effect.goes-on-there')],
    path: 'hold', body: { handler }, onDone: () => { field.value = ''; return onDone(); },
  });
}

function list(key, gates, onDone) {
  const columns = ['kind', 'subject', 'reason', 'who', 'since', 'earliest'].map((name) => ({ text: t('gates.' + name) }));
  return table(t('gates.' + key, { n: gates.length }), [...columns, actionsColumn()], gates.map((gate) => h('tr', { key: identity(gate) },
    h('td', {}, h('span', { class: 'label ' + (gate.state === 'closed' ? gate.kind === 'circuit' ? 'bad' : 'warn' : 'calm') }, t('gate.' + gate.kind))),
    h('th', { scope: 'row' }, subject(gate)),
    h('td', { class: 'text wide' }, gate.reason),
    h('td', {}, gate.who),
    h('td', { title: gate.changedAt && exact(gate.changedAt) }, gate.changedAt && ago(gate.changedAt)),
    h('td', { title: gate.earliestAt && exact(gate.earliestAt) }, gate.earliestAt && ago(gate.earliestAt), gate.permits > 0 && ' ' + t('gates.permits', { n: gate.permits })),
    h('td', {}, gate.state === 'closed' && gate.kind === 'pause' && release(gate, onDone)))), key);
}

/** Of backpressure each instance has its own, and who is the instance. */
function identity(gate) {
  return JSON.stringify([gate.kind, gate.handler, gate.circuit, gate.correlationId, gate.trackId, gate.userId, gate.routeId, gate.routeId && gate.who]);
}

function subject(gate) {
  if (gate.correlationId) {
    return h('a', { href: link(['runs', gate.correlationId], { track: gate.trackId }), title: gate.correlationId },
      gate.trackId ? t('gates.track', { track: gate.trackId, run: short(gate.correlationId) }) : t('gates.run', { run: short(gate.correlationId) }));
  }
  return gate.circuit ?? gate.handler ?? (gate.userId ? t('gates.user', { user: gate.userId }) : gate.routeId);
}

function release(gate, onDone) {
  const body = Object.fromEntries(['handler', 'correlationId', 'trackId', 'userId'].filter((name) => gate[name] != null).map((name) => [name, gate[name]]));
  const what = gate.handler ?? gate.trackId ?? gate.userId ?? short(gate.correlationId);
  return h('button', {
    class: 'small',
    onclick: () => confirm({ title: t('action.release-this', { what }), effects: [t('effect.release-this', { what })], path: 'release', body, onDone }),
  }, t('action.release'), h('span', { class: 'only-heard' }, ' ' + what));
}
