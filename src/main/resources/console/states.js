// States with their signs, since colours alone don't tell everybody. The signs are those of the pictures (graph/State.java).
import { h } from './dom.js';
import { t } from './texts.js';

export const SIGNS = {
  waiting: 'M-3 0h.01M0 0h.01M3 0h.01',
  held: 'M-1.8 -3V3M1.8 -3V3',
  triggered: 'M-1.5 -3 1.7 0 -1.5 3',
  started: 'M-1.8 -3 3.2 0 -1.8 3Z',
  completed: 'M-3.5 .3 -1.2 2.7 3.5 -2.5',
  failed: 'M-2.8 -2.8 2.8 2.8M-2.8 2.8 2.8 -2.8',
  timed_out: 'M0 -3.5V.5L2.5 2.2',
  skipped: 'M-3.2 -3 -.2 0 -3.2 3M.6 -3 3.6 0 .6 3',
  cancelled: 'M-3.2 0H3.2',
};

export const RUN_STATES = ['running', 'completed', 'failed', 'cancelled', 'timed_out'];
export const FINAL = new Set(['completed', 'failed', 'timed_out', 'skipped', 'cancelled']);

/** The sign of a state; hidden from screen readers, for whom there is the word. */
export function sign(state) {
  const shown = state === 'running' ? 'started' : state;
  return h(
    'svg', { class: `sign state-${shown}`, viewBox: '-8 -8 16 16', 'aria-hidden': 'true', 'data-state': shown },
    h('circle', { r: 8 }), h('path', { d: SIGNS[shown] ?? '' }));
}

/** Sign and word. */
export function chip(state) {
  return h('span', { class: `chip state-${state === 'running' ? 'started' : state}` }, sign(state), t('state.' + state));
}
