// The list of runs. What one reads stays where it is: new runs are counted, and shown when asked for.
import { get } from './api.js';
import { h, patch } from './dom.js';
import { empty, heading, loading, refusal, repeat, short, table } from './pages.js';
import { link, replaceParameters } from './route.js';
import { RUN_STATES, chip } from './states.js';
import { ago, exact, lasting, now } from './time.js';
import { t } from './texts.js';

const PAGE = 50;
const EVERY_MILLIS = 5_000;
const SINCE = { '15m': 15, '1h': 60, '24h': 1_440, '7d': 10_080 };
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HIGHEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export function open(main, { parameters }, signal) {
  const view = { main, signal, filters: Object.fromEntries(parameters), shown: null, runs: null, next: null, unseen: [], gone: new Set(), workflows: [], failure: null, complaint: null };
  const begin = async () => {
    await load(view);
    const { workflows } = await get('workflows', {}, signal); // the filter's names after what everybody waits for
    view.workflows = [...new Set(workflows.map((each) => each.workflow))].sort();
    draw(view);
  };
  draw(view);
  begin().catch((failure) => fail(view, failure));
  repeat(signal, EVERY_MILLIS, () => (view.shown === view.filters ? refresh(view) : view.failure && begin()), (failure) => fail(view, failure));
  return (changed) => {
    view.filters = Object.fromEntries(changed);
    show(view);
  };
}

function fail(view, failure) {
  if (view.signal.aborted) return;
  view.failure = failure;
  draw(view);
}

/** Shows what the filters ask for; when that fails, the clock tries again. */
function show(view) {
  return load(view).catch((failure) => fail(view, failure));
}

async function ask(view) {
  const { state, workflow, since, user, after, find } = view.filters;
  const page = await get('runs', {
    state, workflow, userId: user, limit: PAGE,
    since: Object.hasOwn(SINCE, since) ? new Date(now() - SINCE[since] * 60_000).toISOString() : null,
    after: after ?? (find && find + HIGHEST.slice(find.length)),
  }, view.signal);
  if (!find) return page;
  const found = page.runs.filter((run) => run.correlationId.startsWith(find.toLowerCase()));
  return { runs: found, next: found.length === page.runs.length ? page.next : null };
}

async function load(view) {
  performance.mark('runs-asked');
  const asked = view.filters;
  const page = await ask(view);
  if (asked !== view.filters) return; // changed meanwhile
  Object.assign(view, { shown: asked, runs: page.runs, next: page.next, unseen: [], gone: new Set(), failure: null });
  draw(view);
  requestAnimationFrame(() => setTimeout(() => performance.mark('runs-drawn'))); // after the paint, for who measures
}

async function refresh(view) {
  const asked = view.filters;
  const page = await ask(view);
  if (asked !== view.filters) return;
  const fresh = new Map(page.runs.map((run) => [run.correlationId, run]));
  const known = new Set(view.runs.map((run) => run.correlationId));
  const oldest = page.next === null ? '' : page.runs.at(-1).correlationId;
  view.gone = new Set(view.runs.map((run) => run.correlationId).filter((id) => !fresh.has(id) && id > oldest));
  view.runs = view.runs.map((run) => fresh.get(run.correlationId) ?? run);
  view.unseen = page.runs.filter((run) => !known.has(run.correlationId) && run.correlationId > (view.runs.at(-1)?.correlationId ?? ''));
  view.failure = null;
  if (view.runs.length === 0) Object.assign(view, { runs: page.runs, next: page.next, unseen: [] });
  draw(view);
}

function draw(view) {
  patch(view.main,
    heading(t('nav.runs')),
    filters(view),
    refusal(view.failure),
    h('div', { class: 'news', key: 'news', 'aria-live': 'polite' },
      view.unseen.length > 0 && h('button', { class: 'primary', onclick: () => show(view) },
        view.unseen.length === PAGE ? t('runs.many-new', { n: PAGE }) : t('runs.new', { n: view.unseen.length }))),
    view.runs === null ? !view.failure && loading() : view.runs.length === 0 ? empty(t('runs.none')) : list(view),
    pager(view));
}

function filters(view) {
  const change = (name) => (event) => apply(view, { ...view.filters, [name]: event.target.value, after: null });
  const select = (name, options) => h('div', { class: 'field', key: name },
    h('label', { for: 'filter-' + name }, t('runs.' + name)),
    h('select', { id: 'filter-' + name, value: view.filters[name] ?? '', onchange: change(name) },
      h('option', { value: '', selected: !view.filters[name] }, t('runs.any')),
      ...options.map(([value, text]) => h('option', { value, selected: view.filters[name] === value }, text))));
  const workflows = [...new Set([...view.workflows, view.filters.workflow].filter(Boolean))];
  return h('form', { class: 'filters', key: 'filters', role: 'search', 'aria-label': t('runs.filters'), onsubmit: (event) => find(view, event) },
    select('state', RUN_STATES.map((state) => [state, t('state.' + state)])),
    select('workflow', workflows.map((name) => [name, name])),
    select('since', Object.keys(SINCE).map((since) => [since, t('since.' + since)])),
    h('div', { class: 'field', key: 'user' },
      h('label', { for: 'filter-user' }, t('runs.user')),
      h('input', { id: 'filter-user', type: 'search', maxlength: 1000, spellcheck: 'false', autocomplete: 'off', value: view.filters.user ?? '', onchange: change('user') })),
    h('div', { class: 'field wide', key: 'find' },
      h('label', { for: 'filter-find' }, t('runs.find')),
      h('input', { id: 'filter-find', type: 'search', spellcheck: 'false', autocomplete: 'off', value: view.filters.find ?? '',
        onkeydown: (event) => { if (event.key === 'Enter' && !event.isComposing) event.target.form.requestSubmit(); }, // of two fields none does it by itself
        'aria-describedby': view.complaint ? 'find-complaint' : null,
        'aria-invalid': view.complaint ? 'true' : null, placeholder: '0198c1f0-7a3b-…' }),
      view.complaint && h('p', { id: 'find-complaint', class: 'refusal small', role: 'alert' }, view.complaint)));
}

/** A whole id leads to its run; the beginning of one lists those that begin so. */
function find(view, event) {
  event.preventDefault();
  const text = event.target.querySelector('#filter-find').value.trim().toLowerCase();
  view.complaint = null;
  if (ID.test(text)) {
    location.hash = link(['runs', text]);
  } else if (HIGHEST.startsWith(text.replace(/[0-9a-f]/g, 'f'))) {
    apply(view, { ...view.filters, find: text, after: null });
  } else {
    view.complaint = t('runs.no-id');
    draw(view);
  }
}

function apply(view, filters) {
  replaceParameters(filters);
  view.filters = Object.fromEntries(Object.entries(filters).filter(([, value]) => value));
  view.complaint = null;
  show(view);
}

function list(view) {
  const columns = ['state', 'run', 'started', 'took', 'tracks', 'user', 'error'].map((name) => ({ text: t('runs.' + name), class: name }));
  return table(t('nav.runs'), columns, view.runs.map((run) => row(run, view.gone.has(run.correlationId))));
}

function row(run, isGone) {
  return h('tr', { key: run.correlationId, class: isGone ? 'gone' : null, title: isGone ? t('runs.gone') : null },
    h('td', {}, chip(run.state)),
    h('td', {}, h('a', { class: 'run', href: link(['runs', run.correlationId]), title: run.correlationId },
      h('span', {}, run.workflow), ' ', h('code', {}, short(run.correlationId)))),
    h('td', { title: exact(run.startedAt) }, ago(run.startedAt)),
    h('td', { class: 'number' }, lasting(run.durationSeconds)),
    h('td', {}, progress(run)),
    h('td', { class: 'text' }, run.userId && h('a', { class: 'user', href: link(['runs'], { user: run.userId }) }, run.userId)),
    h('td', { class: 'text error', title: run.error }, run.error));
}

function progress(run) {
  const share = (number) => ({ width: `${(100 * number) / Math.max(1, run.tracks)}%` });
  return h('span', { class: 'progress' },
    h('span', { class: 'bar', 'aria-hidden': 'true' },
      h('span', { class: 'completed', style: share(run.completed) }),
      h('span', { class: 'failed', style: share(run.failed) }),
      h('span', { class: 'started', style: share(run.inProgress) })),
    h('span', { class: 'number' }, t('runs.progress', { completed: run.completed, tracks: run.tracks })));
}

function pager(view) {
  if (view.runs === null) return null;
  const { after, ...rest } = view.filters;
  return h('nav', { class: 'pager', key: 'pager', 'aria-label': t('runs.pages') },
    after && h('a', { class: 'button', href: link(['runs'], rest) }, t('runs.newest')),
    view.next && h('a', { class: 'button', href: link(['runs'], { ...rest, after: view.next }) }, t('runs.older')));
}
