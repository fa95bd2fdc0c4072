// One workflow: its picture, and what its file says.
import { get } from './api.js';
import { h, patch } from './dom.js';
import { heading, loading, refusal, repeat } from './pages.js';
import { Picture } from './picture.js';
import { link, replaceParameters } from './route.js';
import { t } from './texts.js';

const EVERY_MILLIS = 5_000;

export function open(main, { path: [, name], parameters }, signal) {
  const view = { workflow: null, selected: parameters.get('track'), failure: null };
  const hash = parameters.get('hash');
  const select = (track) => {
    view.selected = track;
    replaceParameters({ hash, track });
    draw();
  };
  const picture = new Picture(signal, select);
  const draw = () => {
    const tracks = view.workflow?.document.tracks ?? {};
    const isTrack = Object.hasOwn(tracks, view.selected ?? '');
    patch(main,
      h('p', { class: 'crumbs', key: 'crumbs' }, h('a', { href: link(['workflows']) }, t('nav.workflows'))),
      h('div', { class: 'headline', key: 'headline' }, heading(name, ' ', view.workflow && h('code', { title: view.workflow.hash }, view.workflow.hash.slice(0, 8)), ' ',
        view.workflow && !view.workflow.current && h('span', { class: 'label warn' }, t('workflow.old'))),
        h('a', { class: 'button', href: link(['runs'], { workflow: name }) }, t('workflow.runs'))),
      refusal(view.failure),
      view.workflow === null ? !view.failure && loading() : [
        h('p', { key: 'about' }, view.workflow.document.description),
        h('div', { class: 'column', key: 'panels' }, h('div', { class: 'panel', key: 'picture' }, picture.element),
        isTrack && h('section', { class: 'panel', key: 'track' }, h('h2', {}, view.selected), h('pre', { tabindex: '0' }, JSON.stringify(tracks[view.selected] ?? {}, null, 2))),
        h('details', { class: 'panel', key: 'document' }, h('summary', {}, t('workflow.document')), h('pre', { tabindex: '0' }, JSON.stringify(view.workflow.document, null, 2))))]);
    picture.select(view.selected);
  };
  draw();
  repeat(signal, EVERY_MILLIS, async () => { // until it is there: a definition never changes
    if (!view.workflow) {
      view.workflow = await get(`workflows/${encodeURIComponent(name)}`, { hash }, signal);
      view.failure = null;
      draw();
    }
    await picture.show(name, view.workflow.hash);
    picture.select(view.selected);
  }, (failure) => { view.failure = failure; draw(); });
}
