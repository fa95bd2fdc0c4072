// What pages have in common.
import { Problem, Unreachable } from './api.js';
import { h } from './dom.js';
import { t } from './texts.js';

/** Repeats as long as somebody looks and the page is there; a failure is told and does not end it. */
export function repeat(signal, everyMillis, ask, onFailure) {
  let running = false;
  const once = async () => {
    if (running || signal.aborted || document.hidden) return;
    running = true;
    try {
      await ask();
    } catch (failure) {
      if (!signal.aborted) onFailure(failure);
    } finally {
      running = false;
    }
  };
  const timer = setInterval(once, everyMillis);
  document.addEventListener('visibilitychange', once, { signal });
  signal.addEventListener('abort', () => clearInterval(timer));
  return once();
}

export function pause(millis, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

/** What went wrong: of the server's refusal its own words. */
export function refusal(failure) {
  if (!failure) return null;
  if (failure instanceof Unreachable) return h('p', { class: 'refusal', key: 'refusal' }, t('unreachable'));
  if (!(failure instanceof Problem)) throw failure;
  return h('p', { class: 'refusal', key: 'refusal' }, h('strong', {}, failure.message), failure.hint && ' ', failure.hint);
}

export function heading(text, ...rest) {
  return h('h1', { tabindex: '-1', key: 'heading' }, text, ...rest);
}

/**
 * A table; where there is no room for it, a list of its rows with the name of its column before each cell.
 *
 * @param caption what is in it, for who hears it
 * @param columns [{text, class, isHeard}]; isHeard: its name is told to screen readers only
 * @param rows elements tr, with a cell for each column
 */
export function table(caption, columns, rows, key = 'table') {
  for (const row of rows) {
    [...row.cells].forEach((cell, i) => columns[i].isHeard || cell.setAttribute('data-column', columns[i].text));
  }
  return h('div', { class: 'scroll', key }, h('table', { class: 'list' },
    h('caption', { class: 'only-heard' }, caption),
    h('thead', {}, h('tr', {}, ...columns.map((column) => h('th', { scope: 'col', class: column.class },
      column.isHeard ? h('span', { class: 'only-heard' }, column.text) : column.text)))),
    h('tbody', {}, ...rows)));
}

/** The column of buttons. */
export function actionsColumn() {
  return { text: t('actions'), isHeard: true };
}

export function loading() {
  return h('p', { class: 'quiet', key: 'loading' }, t('loading'));
}

export function empty(text) {
  return h('p', { class: 'empty', key: 'empty' }, text);
}

/** The beginning of an id: of ids that rise with time the end tells more than the beginning, so both. */
export function short(id) {
  return `${id.slice(0, 8)}…${id.slice(-6)}`;
}

/** Says something to all, screen readers too; it goes by itself. */
export function note(text) {
  const said = h('p', { class: 'note' }, text);
  document.getElementById('notes').append(said);
  setTimeout(() => said.remove(), 8_000);
}
