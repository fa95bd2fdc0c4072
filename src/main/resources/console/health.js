// The banner: what is wrong with the instance that this page is from.
import { Unreachable, health } from './api.js';
import { h, patch } from './dom.js';
import { repeat } from './pages.js';
import { at } from './time.js';
import { t } from './texts.js';

const EVERY_MILLIS = 10_000;
let look = async () => {};

/** Asks now, and shows it in the words of the language. */
export function lookAtHealth() {
  return look();
}

/** Shows in this element what is wrong, for as long as it is; the page never leaves it. */
export function watchHealth(banner, onAnswer) {
  let last = new Date();
  const answered = (report) => {
    last = new Date();
    onAnswer();
    patch(banner,
      problems('down', report.checks.filter((check) => check.status === 'DOWN')),
      problems('refused', report.checks.filter((check) => check.status !== 'DOWN' && check.refused > 0))); // files that are edited
  };
  const failed = (failure) => {
    const text = failure instanceof Unreachable ? t('health.unreachable', { time: at(last) }) : failure.message;
    patch(banner, h('div', { class: 'banner' }, h('strong', {}, text)));
  };
  look = async () => {
    try {
      answered(await health());
    } catch (failure) {
      failed(failure);
    }
  };
  repeat(new AbortController().signal, EVERY_MILLIS, look, failed);
}

function problems(kind, checks) {
  if (!checks.length) return null;
  return h('div', { class: 'banner ' + kind, key: kind },
    h('strong', {}, t('health.' + kind, { n: checks.length })),
    h('ul', {}, ...checks.map((check) => h('li', { key: check.name },
      h('b', {}, check.name), ': ', check.message ?? t('health.silent'), kind === 'down' && details(check)))));
}

/** What a check says besides, such as the file and the line of a mistake. */
function details(check) {
  const more = Object.entries(check).filter(([name, value]) => !['name', 'status', 'message'].includes(name) && value != null);
  return more.length > 0 && h('dl', { class: 'inline' }, ...more.map(([name, value]) => [h('dt', {}, name), h('dd', {}, String(value))]));
}
