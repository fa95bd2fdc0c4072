// The frame of the page: which part is shown, the language, and how the server is.
import { lookAtHealth, watchHealth } from './health.js';
import { h, patch } from './dom.js';
import { currentRoute, link } from './route.js';
import { choose, currentLanguage, languages, t } from './texts.js';
import { forgetToken, token } from './token.js';
import * as gates from './gates.js';
import * as quarantine from './quarantine.js';
import * as queues from './queues.js';
import * as run from './run.js';
import * as runs from './runs.js';
import * as workflow from './workflow.js';
import * as workflows from './workflows.js';

const PARTS = { runs, queues, gates, quarantine, workflows };
const DETAILS = { runs: run, workflows: workflow };

const main = document.getElementById('main');
let shown = null;

function show() {
  const route = currentRoute();
  const part = Object.hasOwn(PARTS, route.path[0]) ? route.path[0] : 'runs';
  const place = [part, ...route.path.slice(1)].join('/');
  if (shown?.place === place && shown.update) {
    shown.update(route.parameters);
    return;
  }
  shown?.leave.abort();
  const isFirst = !shown;
  const leave = new AbortController();
  const page = route.path.length > 1 && Object.hasOwn(DETAILS, part) ? DETAILS[part] : PARTS[part];
  main.replaceChildren();
  shown = { place, leave, update: page.open(main, route, leave.signal) };
  drawTop(part);
  document.title = [...route.path.slice(1), t('nav.' + part), t('product')].join(' – ');
  scrollTo(0, 0);
  if (!isFirst) (main.querySelector('h1') ?? main).focus({ preventScroll: true });
}

function drawTop(part) {
  patch(document.getElementById('top'),
    h('button', { class: 'skip', onclick: () => main.focus() }, t('nav.skip')),
    h('a', { class: 'product', href: '#/runs' }, h('img', { src: 'console/icon.svg', alt: '', width: 22, height: 22 }), t('product')),
    h('nav', { 'aria-label': t('nav.parts') },
      ...Object.keys(PARTS).map((name) =>
        h('a', { href: link([name]), 'aria-current': name === part ? 'page' : null }, t('nav.' + name)))),
    h('div', { class: 'visitor' },
      token() && h('button', { class: 'plain', key: 'forget', onclick: () => { forgetToken(); location.reload(); } }, t('token.forget')),
      h('label', { class: 'only-heard', for: 'language', key: 'label' }, t('language')),
      h('select', { id: 'language', key: 'language', value: currentLanguage(), onchange: (event) => { choose(event.target.value); redraw(); } },
        ...languages().map(([tag, name]) => h('option', { value: tag, lang: tag, selected: tag === currentLanguage() }, name)))));
}

function redraw() {
  shown.place = null; // another one than before, in other words
  show();
  lookAtHealth();
  document.getElementById('language').focus();
}

addEventListener('hashchange', show);
show();
watchHealth(document.getElementById('health'), () => drawTop(shown.place.split('/')[0]));
