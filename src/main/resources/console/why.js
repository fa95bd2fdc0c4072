// Why something is where it is: the server's sentences, with the kind of reason in the reader's language.
import { h } from './dom.js';
import { ago, exact } from './time.js';
import { known, t } from './texts.js';

const MOST = 8;

/** What stands in a run's way, the most upstream first. */
export function reasonList(reasons, onSelect) {
  return [
    h('ul', { class: 'reasons' }, ...reasons.slice(0, MOST).map((reason) => h('li', { key: reason.trackId ?? '', class: 'reason ' + kind(reason) }, ...told(reason, onSelect).slice(0, 2)))),
    reasons.length > MOST && h('p', { class: 'quiet' }, t('why.more', { n: reasons.length - MOST })),
  ];
}

/** One reason: what it is called, the sentence, and who or what changes it. */
export function told(reason, onSelect) {
  return [
    h('p', {},
      h('span', { class: 'label' }, known('reason.' + reason.reason, reason.reason)), ' ',
      onSelect && reason.trackId && h('button', { class: 'link', onclick: () => onSelect(reason.trackId) }, reason.trackId)),
    h('p', { class: 'sentence', lang: 'en' }, reason.sentence),
    reason.unblockedBy && h('p', { class: 'quiet' }, t('why.unblocked'), ' ', by(reason.unblockedBy)),
    reason.earliestAt && h('p', { class: 'quiet', title: exact(reason.earliestAt) }, t('why.earliest', { when: ago(reason.earliestAt) })),
  ];
}

/** What operators do has buttons here; the call is for those who have none. */
function by(text) {
  return /^an operator: (retry|release|skip)\b/.test(text) ? h('span', { title: text }, t('why.operator')) : text;
}

function kind({ reason }) {
  if (['failed', 'timed-out', 'payload-refused', 'lease-ended', 'no-worker', 'deadline-passed', 'not-begun', 'definition-retired'].includes(reason)) return 'bad';
  return reason.startsWith('held-') || reason === 'not-due' ? 'warn' : 'calm';
}
