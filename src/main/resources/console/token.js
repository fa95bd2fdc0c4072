// The token that the server wants: kept as long as this tab is open, asked for when it is missing or wrong.
import { h } from './dom.js';
import { inThisTab } from './kept.js';
import { t } from './texts.js';

const KEPT = 'token';
const SENDABLE = /^[!-~]+$/; // no header takes another character
let asking = null;

export function token() {
  return inThisTab.read(KEPT);
}

export function forgetToken() {
  inThisTab.forget(KEPT);
}

/** Comes back when there is one; who asks meanwhile waits for the same. */
export function askForToken(wasWrong) {
  asking ??= ask(wasWrong).finally(() => (asking = null));
  return asking;
}

function ask(wasWrong) {
  return new Promise((resolve) => {
    let isGiven = false;
    const field = h('input', { id: 'token', type: 'password', autocomplete: 'off', required: true, autofocus: true,
      'aria-describedby': 'token-hint' });
    const enter = () => {
      isGiven = true;
      const given = field.value.trim();
      if (SENDABLE.test(given)) inThisTab.keep(KEPT, given);
    };
    const dialog = h('dialog', { 'aria-labelledby': 'token-title', class: 'ask' },
      h('form', { method: 'dialog', onsubmit: enter },
        h('h2', { id: 'token-title' }, t('token.title')),
        wasWrong && h('p', { class: 'refusal', role: 'alert' }, t('token.wrong')),
        h('p', { id: 'token-hint' }, t('token.hint')),
        h('label', { for: 'token' }, t('token.label')), field,
        h('div', { class: 'buttons' }, h('button', { class: 'primary' }, t('token.enter')))));
    dialog.oncancel = (event) => event.preventDefault();
    dialog.onclose = () => {
      dialog.remove();
      if (token()) resolve();
      else resolve(ask(isGiven));
    };
    document.body.append(dialog);
    dialog.showModal();
  });
}
