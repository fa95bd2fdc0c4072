// What an operator may do. Before anything is done it is said what will happen; who did it and why is recorded.
import { Problem, Unreachable, post } from './api.js';
import { h, patch } from './dom.js';
import { always } from './kept.js';
import { note, refusal } from './pages.js';
import { t } from './texts.js';

const WHO = 'who';

/**
 * Asks for who and why, and does it.
 *
 * @param title what is to be done: "Retry track freee"
 * @param effects sentences that say what will happen
 * @param path where it is posted, with this body besides who and why
 * @param danger whether it can't be taken back
 * @param onDone is called when it was done, and comes back when the page shows it
 */
export function confirm({ title, effects, path, body = {}, danger = false, onDone }) {
  const opener = document.activeElement;
  const who = h('input', { id: 'who', required: true, maxlength: 200, autocomplete: 'name', value: always.read(WHO) ?? '' });
  const why = h('input', { id: 'why', required: true, maxlength: 1000, autocomplete: 'off' });
  const answer = h('div', { role: 'alert' });
  const button = h('button', { class: danger ? 'danger' : 'primary' }, title);
  const dialog = h('dialog', { class: 'ask', 'aria-labelledby': 'ask-title', 'aria-describedby': 'ask-effects' });
  const form = h('form', {
    onsubmit: async (event) => {
      event.preventDefault();
      button.disabled = true;
      patch(answer);
      try {
        always.keep(WHO, who.value.trim());
        await post(path, { ...body, who: who.value.trim(), why: why.value.trim() });
        dialog.close();
        note(t('action.done', { title }));
        await onDone();
        if (!opener.isConnected) document.querySelector('main h1').focus({ preventScroll: true }); // the button went with its state
      } catch (failure) {
        if (!(failure instanceof Problem || failure instanceof Unreachable)) throw failure;
        patch(answer, refusal(failure));
      } finally {
        button.disabled = false;
      }
    },
  },
  h('h2', { id: 'ask-title' }, title),
  h('ul', { id: 'ask-effects', class: 'effects' }, ...effects.filter(Boolean).map((effect) => h('li', {}, effect))),
  h('label', { for: 'who' }, t('action.who')), who,
  h('label', { for: 'why' }, t('action.why')), why,
  answer,
  h('div', { class: 'buttons' }, h('button', { type: 'button', class: 'plain', onclick: () => dialog.close() }, t('action.back')), button));
  dialog.append(form);
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
  (who.value ? why : who).focus();
}

/** Buttons for what may be done with a run, as its tracks stand now. */
export function runButtons(run, onDone) {
  return run.actions.map((action) => h('button', {
    key: action, class: action === 'cancel' ? 'danger' : action === 'retry' ? 'primary' : null,
    onclick: () => confirm({
      title: t(`action.${action}-run`), danger: action === 'cancel', onDone,
      effects: effectsOnRun(action, run), path: `runs/${run.correlationId}/${action}`,
    }),
  }, t(`action.${action}-run`)));
}

function effectsOnRun(action, run) {
  const names = (states) => run.tracks.filter((track) => states.includes(track.state)).map((track) => track.trackId);
  const doing = names(['started']);
  switch (action) {
    case 'retry': {
      const failed = names(['failed', 'timed_out']);
      return [failed.length > 0 ? t('effect.retry', { tracks: list(failed) }) : t('effect.retry-deadline'), t('effect.retry-more'), run.deadlineAt && t('effect.retry-clock')];
    }
    case 'hold':
      return [t('effect.hold-run'), doing.length > 0 && t('effect.goes-on', { tracks: list(doing) }), run.deadlineAt && t('effect.hold-clock')];
    case 'release':
      return [t('effect.release-run')];
    default: {
      const open = names(['waiting', 'held', 'triggered', 'started']);
      return [t('effect.cancel', { n: open.length, tracks: list(open) }), doing.length > 0 && t('effect.late', { tracks: list(doing) }), t('effect.for-good')];
    }
  }
}

/** Buttons for what may be done with a track of a run. */
export function trackButtons(run, track, onDone) {
  const values = { track: track.trackId, worker: track.worker ?? '' };
  const effects = {
    retry: [t('effect.retry', { tracks: track.trackId }), t('effect.retry-more'), run.deadlineAt && t('effect.retry-clock')],
    skip: [t('effect.skip', values), track.state === 'started' && t('effect.late', { tracks: track.trackId }), t('effect.skip-for-good')],
    hold: [t('effect.hold-track', values), track.state === 'started' && t('effect.goes-on', { tracks: track.trackId })],
    release: [t('effect.release-track', values)],
  };
  return track.actions.map((action) => h('button', {
    key: action, class: action === 'retry' ? 'primary' : null,
    onclick: () => confirm({
      title: t(`action.${action}-track`, values), effects: effects[action], onDone,
      path: `runs/${run.correlationId}/${action}`, body: { trackId: track.trackId },
    }),
  }, t('action.' + action)));
}

function list(names) {
  return names.length <= 5 ? names.join(', ') : t('list.more', { names: names.slice(0, 5).join(', '), n: names.length - 5 });
}
