// The chain of a run as a timeline: bars on a time axis, and the same as a table.
import { rows } from './chain.js';
import { h } from './dom.js';
import { table } from './pages.js';
import { sign } from './states.js';
import { at, lasting, now as clock } from './time.js';
import { t } from './texts.js';

const MOST = 60;
const TICKS = [0, 0.25, 0.5, 0.75, 1];
const KINDS = ['held', 'queued', 'started', 'done', 'failed', 'pause'];

/**
 * @param view {all, table, selected}: whether all rows are shown, whether the table is open, and the track that is selected
 * @param on {select, show}: is told a track's id; that all rows are wanted, or that the table is open
 */
export function timeline(run, events, view, on) {
  const now = run.finishedAt ? Date.parse(run.finishedAt) : clock();
  const found = rows(events, run.tracks, now);
  if (!found.length) return h('p', { class: 'quiet' }, t('timeline.none'));
  const begin = Math.min(Date.parse(run.startedAt), ...found.map((row) => row.pieces[0].from));
  const end = Math.max(begin + 1, now, ...found.flatMap((row) => row.pieces.map((piece) => piece.to)));
  const shown = view.all ? found : found.slice(0, MOST);
  const pieces = new Set(found.flatMap((row) => row.pieces.map((piece) => piece.kind)));
  return [
    h('ul', { class: 'legend', 'aria-hidden': 'true' }, ...KINDS.filter((kind) => pieces.has(kind)).map((kind) =>
      h('li', {}, h('span', { class: 'swatch piece ' + kind }), t('piece.' + kind)))),
    h('ol', { class: 'timeline' }, ...shown.map((row) => line(row, begin, end, view.selected, on.select))),
    h('div', { class: 'axis', 'aria-hidden': 'true' }, h('span', {}), h('span', { class: 'lane' }, ...TICKS.map((share) =>
      h('span', { class: 'tick', style: { left: `${100 * share}%` } }, share === 0 ? at(begin) : '+' + lasting(((end - begin) * share) / 1000))))),
    shown.length < found.length && h('p', {}, h('button', { class: 'plain', onclick: () => on.show('all', true) }, t('timeline.all', { n: found.length }))),
    h('details', { class: 'as-table', ontoggle: (event) => on.show('table', event.target.open) },
      h('summary', {}, t('timeline.table')), view.table && asTable(shown)),
  ];
}

function line({ trackId, state, pieces }, begin, end, selected, onSelect) {
  const share = (millis) => `${(100 * millis) / (end - begin)}%`;
  const took = pieces.at(-1).to - pieces[0].from;
  return h('li', { key: trackId, class: trackId === selected ? 'selected' : null },
    h('button', { class: 'name', 'aria-pressed': String(trackId === selected), onclick: () => onSelect(trackId) },
      sign(state), h('span', { class: 'text' }, trackId), h('span', { class: 'only-heard' }, ', ' + t('state.' + state)),
      h('span', { class: 'took number' }, lasting(took / 1000))),
    h('span', { class: 'lane', 'aria-hidden': 'true' }, ...pieces.map((piece) => h('span', {
      class: 'piece ' + piece.kind, title: title(piece),
      style: { left: share(piece.from - begin), width: share(piece.to - piece.from) },
    }))));
}

function title(piece) {
  return [t('piece.' + piece.kind), piece.attempt && t('attempt', { n: piece.attempt }), lasting((piece.to - piece.from) / 1000), piece.why].filter(Boolean).join(' · ');
}

function asTable(shown) {
  const columns = ['track', 'what', 'attempt', 'from', 'took'].map((name) => ({ text: t('timeline.' + name) }));
  return table(t('timeline.title'), columns, shown.flatMap(({ trackId, pieces }) => pieces.map((piece) => h('tr', {},
    h('th', { scope: 'row' }, trackId), h('td', {}, t('piece.' + piece.kind)), h('td', { class: 'number' }, piece.attempt ?? ''),
    h('td', {}, at(piece.from)), h('td', { class: 'number' }, lasting((piece.to - piece.from) / 1000))))));
}
