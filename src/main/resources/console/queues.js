// How much waits for whom, and for how long.
import { get } from './api.js';
import { confirm } from './actions.js';
import { h, patch } from './dom.js';
import { actionsColumn, empty, heading, loading, refusal, repeat, table } from './pages.js';
import { lasting } from './time.js';
import { count, t } from './texts.js';

const EVERY_MILLIS = 3_000;
const OLD_SECONDS = 60;

export function open(main, route, signal) {
  const view = { queues: null, paused: new Set(), failure: null };
  const draw = () => patch(main, heading(t('nav.queues')), refusal(view.failure), h('p', { class: 'quiet', key: 'about' }, t('queues.about')),
    view.queues === null ? !view.failure && loading() : view.queues.length === 0 ? empty(t('queues.none')) : list(view, load));
  const load = async () => {
    const [{ queues }, { gates }] = await Promise.all([get('queues', {}, signal), get('gates', {}, signal)]);
    view.queues = queues;
    view.paused = new Set(gates.filter((gate) => gate.kind === 'pause' && gate.state === 'closed' && gate.handler).map((gate) => gate.handler));
    view.failure = null;
    draw();
  };
  draw();
  repeat(signal, EVERY_MILLIS, load, (failure) => { view.failure = failure; draw(); });
}

function list(view, load) {
  const numbers = ['depth', 'ready', 'inProgress', 'held'];
  const columns = [{ text: t('queues.queue') }, ...[...numbers, 'oldest'].map((name) => ({ text: t('queues.' + name), class: 'number' })), actionsColumn()];
  return table(t('nav.queues'), columns, view.queues.map((queue) => h('tr', { key: queue.handler ?? ' events' },
    h('th', { scope: 'row' }, queue.queue === 'events' ? t('queues.events') : queue.handler, view.paused.has(queue.handler) && [' ', h('span', { class: 'label warn' }, t('queues.paused'))]),
    ...numbers.map((name) => h('td', { class: 'number' + (queue[name] ? '' : ' nothing') }, count(queue[name]))),
    h('td', { class: 'number' + (queue.oldestSeconds > OLD_SECONDS ? ' old' : '') }, lasting(queue.oldestSeconds)),
    h('td', {}, queue.handler && button(queue, view.paused.has(queue.handler), load)))));
}

function button(queue, isPaused, onDone) {
  const action = isPaused ? 'release' : 'hold';
  const values = { handler: queue.handler, n: queue.ready, doing: queue.inProgress };
  return h('button', {
    class: 'small',
    onclick: () => confirm({
      title: t(`action.${action}-handler`, values), path: action, body: { handler: queue.handler }, onDone,
      effects: isPaused ? [t('effect.release-handler', values)] : [t('effect.hold-handler', values), queue.inProgress > 0 && t('effect.hold-handler-doing', values)],
    }),
  }, t('action.' + action), h('span', { class: 'only-heard' }, ' ' + queue.handler));
}
