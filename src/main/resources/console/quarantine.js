// Events that could not be coordinated, with their error: to be replayed or dismissed.
import { get } from './api.js';
import { confirm } from './actions.js';
import { h, patch } from './dom.js';
import { actionsColumn, empty, heading, loading, refusal, repeat, short, table } from './pages.js';
import { link } from './route.js';
import { ago, exact } from './time.js';
import { known, t } from './texts.js';

const EVERY_MILLIS = 5_000;

export function open(main, { parameters }, signal) {
  const view = { events: null, next: null, after: parameters.get('after'), failure: null };
  const draw = () => patch(main, heading(t('nav.quarantine')), refusal(view.failure), h('p', { class: 'quiet', key: 'about' }, t('quarantine.about')),
    view.events === null ? !view.failure && loading() : view.events.length === 0 ? empty(t('quarantine.none')) : list(view.events, load),
    h('nav', { class: 'pager', key: 'pager', 'aria-label': t('runs.pages') },
      view.after && h('a', { class: 'button', href: link(['quarantine']) }, t('runs.newest')),
      view.next && h('a', { class: 'button', href: link(['quarantine'], { after: view.next }) }, t('runs.older'))));
  const load = async () => {
    const asked = view.after;
    const page = await get('quarantine', { limit: 50, after: asked }, signal);
    if (asked !== view.after) return;
    Object.assign(view, { events: page.events, next: page.next, failure: null });
    draw();
  };
  const failed = (failure) => { view.failure = failure; draw(); };
  draw();
  repeat(signal, EVERY_MILLIS, load, failed);
  return (changed) => {
    view.after = changed.get('after');
    load().catch((failure) => signal.aborted || failed(failure));
  };
}

function list(events, onDone) {
  const columns = ['event', 'track', 'run', 'reason', 'since'].map((name) => ({ text: t('quarantine.' + name) }));
  return table(t('nav.quarantine'), [...columns, actionsColumn()], events.map((event) => h('tr', { key: `${event.correlationId} ${event.eventId}` },
    h('th', { scope: 'row' }, known('event.' + event.eventType, event.eventType), ' ', h('code', {}, String(event.eventId))),
    h('td', {}, event.trackId),
    h('td', {}, event.correlationId && h('a', { href: link(['runs', event.correlationId], { track: event.trackId }), title: event.correlationId }, h('code', {}, short(event.correlationId)))),
    h('td', { class: 'text wide' }, event.reason),
    h('td', { title: exact(event.decidedAt) }, ago(event.decidedAt)),
    h('td', { class: 'buttons' }, ...['replay', 'dismiss'].map((action) => h('button', {
      class: 'small' + (action === 'dismiss' ? ' danger' : ''),
      onclick: () => confirm({
        title: t(`action.${action}`, { event: event.eventId }), effects: [t('effect.' + action)], danger: action === 'dismiss',
        path: `quarantine/${event.eventId}/${action}`, onDone,
      }),
    }, t('quarantine.' + action), h('span', { class: 'only-heard' }, ' ' + event.eventId)))))));
}
