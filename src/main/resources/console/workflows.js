// Which workflows there are, and how their runs stand.
import { get } from './api.js';
import { h, patch } from './dom.js';
import { empty, heading, loading, refusal, repeat, table } from './pages.js';
import { link } from './route.js';
import { ago, exact } from './time.js';
import { count, t } from './texts.js';

const EVERY_MILLIS = 10_000;
const COUNTS = [['running', 'running'], ['completed', 'completed'], ['failed', 'failed'], ['cancelled', 'cancelled'], ['timedOut', 'timed_out']];

export function open(main, route, signal) {
  const view = { workflows: null, failure: null };
  const draw = () => patch(main, heading(t('nav.workflows')), refusal(view.failure),
    view.workflows === null ? !view.failure && loading() : view.workflows.length === 0 ? empty(t('workflows.none')) : [
      list('current', view.workflows.filter((each) => each.current)),
      view.workflows.some((each) => !each.current) && h('details', { key: 'older' }, h('summary', {}, t('workflows.older')), list('older-table', view.workflows.filter((each) => !each.current)))]);
  draw();
  repeat(signal, EVERY_MILLIS, async () => {
    view.workflows = (await get('workflows', {}, signal)).workflows;
    view.failure = null;
    draw();
  }, (failure) => { view.failure = failure; draw(); });
}

function list(key, definitions) {
  const columns = [{ text: t('workflows.workflow') }, { text: t('workflows.tracks'), class: 'number' },
    ...COUNTS.map(([, state]) => ({ text: t('state.' + state), class: 'number' })), { text: t('workflows.loaded') }];
  return table(t(key === 'current' ? 'nav.workflows' : 'workflows.older'), columns, definitions.map((each) => h('tr', { key: each.workflow + each.hash },
    h('th', { scope: 'row' }, h('a', { href: link(['workflows', each.workflow], { hash: each.current ? null : each.hash }) }, each.workflow), ' ', h('code', { title: each.hash }, each.hash.slice(0, 8)),
      each.retiredAt && [' ', h('span', { class: 'label warn', title: each.retiredWhy }, t('workflows.retired'))]),
    h('td', { class: 'number' }, count(each.tracks)),
    ...COUNTS.map(([name, state]) => h('td', { class: 'number' + (each[name] ? '' : ' nothing') },
      each[name] ? h('a', { href: link(['runs'], { workflow: each.workflow, state }) }, count(each[name])) : '0')),
    h('td', { title: [each.loadedBy, each.loadedAt && exact(each.loadedAt)].filter(Boolean).join(', ') }, each.loadedAt && ago(each.loadedAt)))), key);
}
