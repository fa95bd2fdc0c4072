// The picture of a workflow: drawn by the server, coloured here by the states of a run, moved and zoomed by its reader.
import { Problem, Unreachable, picture } from './api.js';
import { h } from './dom.js';
import { SIGNS } from './states.js';
import { t } from './texts.js';

const ELEMENTS = new Set(['svg', 'title', 'desc', 'style', 'defs', 'marker', 'g', 'rect', 'path', 'circle', 'text']);
const SVG = 'http://www.w3.org/2000/svg';
const kept = new Map(); // by definition: it is the same for all of its runs
const MOST_KEPT = 5;
const MARGIN = 12;
const [SMALLEST, EASY_TO_READ, LARGEST] = [0.05, 0.6, 4];
const CLICK_PIXELS = 4; // who moves farther drags

export class Picture {
  #shown = null;
  #svg = null;
  #groups = new Map();
  #zoom = 1;
  #frame;
  #signal;
  #onSelect;
  #isDragged = false;
  #element;

  /**
   * @param signal ends what is still asked for
   * @param onSelect is told the id of the track that was clicked on
   */
  constructor(signal, onSelect) {
    this.#signal = signal;
    this.#onSelect = onSelect;
    this.#frame = h('div', { class: 'frame', tabindex: '0', role: 'region', 'aria-label': t('picture.title'), own: true,
      onkeydown: (event) => this.#key(event) });
    this.#frame.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    this.#frame.addEventListener('pointerdown', (event) => this.#drag(event));
    this.#frame.addEventListener('click', (event) => this.#click(event));
    const button = (sign, name, act) => h('button', { class: 'plain', title: t(name), 'aria-label': sign === '1:1' ? null : t(name), onclick: act }, sign);
    this.#element = h('div', { class: 'picture', own: true }, this.#frame,
      h('div', { class: 'zoom', role: 'group', 'aria-label': t('picture.zoom') },
        button('−', 'picture.out', () => this.#zoomBy(1 / 1.25)), button('+', 'picture.in', () => this.#zoomBy(1.25)),
        button('⤢', 'picture.fit', () => this.#fit()), button('1:1', 'picture.full', () => this.#zoomBy(1 / this.#zoom))));
  }

  /** For the tree of a page: what is there already is stood for, since to be put into another tree costs focus and scrolling. */
  get element() {
    return this.#element.isConnected ? h('div', { class: 'picture', own: true }) : this.#element;
  }

  /** Shows a definition, or says why it can't; what may come yet is asked for again the next time. */
  show(workflow, hash) {
    this.#shown ??= this.#draw(workflow, hash).catch((failure) => {
      if (isPassing(failure)) this.#shown = null;
      this.#frame.replaceChildren(h('p', { class: 'refusal' }, told(failure)));
    });
    return this.#shown;
  }

  async #draw(workflow, hash) {
    if (!kept.has(hash)) {
      kept.set(hash, safe(await picture(workflow, hash, this.#signal)));
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
    }
    this.#svg = document.importNode(kept.get(hash), true);
    this.#groups = new Map([...this.#svg.querySelectorAll('[data-track]')].map((group) => [group.dataset.track, group]));
    this.#frame.replaceChildren(this.#svg);
    this.#crop();
    this.#fit(EASY_TO_READ);
  }

  /** Colours each track by its state; only what changed is touched. */
  colour(tracks) {
    for (const { trackId, state } of tracks) {
      const group = this.#groups.get(trackId);
      if (!group || group.dataset.state === state) continue;
      group.classList.remove('state-' + group.dataset.state);
      group.classList.add('state-' + state);
      group.dataset.state = state;
      badge(group).setAttribute('d', SIGNS[state] ?? '');
    }
  }

  /** Marks a track, and brings it into sight if it is not; once, since its reader may look elsewhere then. */
  select(trackId) {
    const group = this.#groups.get(trackId);
    if (group?.classList.contains('selected')) return;
    for (const other of this.#svg?.querySelectorAll('.selected') ?? []) other.classList.remove('selected');
    if (!group) return;
    group.classList.add('selected');
    const [frame, place] = [this.#frame.getBoundingClientRect(), group.getBoundingClientRect()];
    if (place.left < frame.left || place.right > frame.right) this.#frame.scrollLeft += place.left - frame.left - (frame.width - place.width) / 2;
    if (place.top < frame.top || place.bottom > frame.bottom) this.#frame.scrollTop += place.top - frame.top - (frame.height - place.height) / 2;
  }

  /** The page tells the name: what is hidden takes no room. */
  #crop() {
    const { x, y, width, height } = this.#svg.getBBox();
    this.#svg.setAttribute('viewBox', [x - MARGIN, y - MARGIN, width + 2 * MARGIN, height + 2 * MARGIN].join(' '));
  }

  #size() {
    const { width, height } = this.#svg.viewBox.baseVal;
    this.#svg.style.width = `${width * this.#zoom}px`;
    this.#svg.style.height = `${height * this.#zoom}px`;
  }

  /** All of its width, but no smaller than this. */
  #fit(smallest = SMALLEST) {
    if (!this.#svg) return;
    this.#zoom = Math.max(smallest, Math.min(1, this.#frame.clientWidth / this.#svg.viewBox.baseVal.width));
    this.#size();
  }

  /** What is in the middle, or under the pointer, stays there. */
  #zoomBy(factor, x = this.#frame.clientWidth / 2, y = this.#frame.clientHeight / 2) {
    if (!this.#svg) return;
    const before = this.#zoom;
    this.#zoom = Math.max(SMALLEST, Math.min(LARGEST, before * factor));
    const [left, top] = [this.#frame.scrollLeft + x, this.#frame.scrollTop + y];
    this.#size();
    this.#frame.scrollTo((left * this.#zoom) / before - x, (top * this.#zoom) / before - y);
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return; // else it scrolls
    event.preventDefault();
    const frame = this.#frame.getBoundingClientRect();
    this.#zoomBy(Math.exp(-event.deltaY / 300), event.clientX - frame.left, event.clientY - frame.top);
  }

  #key(event) {
    const act = { '+': () => this.#zoomBy(1.25), '-': () => this.#zoomBy(1 / 1.25), 0: () => this.#fit() }[event.key];
    if (act && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      act();
    }
  }

  #drag(event) {
    this.#isDragged = false;
    if (event.button !== 0 || event.pointerType === 'touch') return; // fingers scroll
    const from = { x: event.clientX + this.#frame.scrollLeft, y: event.clientY + this.#frame.scrollTop };
    const end = new AbortController();
    addEventListener('pointermove', (moved) => {
      this.#isDragged ||= Math.hypot(moved.clientX - event.clientX, moved.clientY - event.clientY) > CLICK_PIXELS;
      this.#frame.scrollTo(from.x - moved.clientX, from.y - moved.clientY);
    }, { signal: end.signal });
    for (const last of ['pointerup', 'pointercancel']) addEventListener(last, () => end.abort(), { signal: end.signal });
  }

  #click(event) {
    if (this.#isDragged) return;
    const group = event.target.closest?.('[data-track]');
    if (group) this.#onSelect(group.dataset.track);
  }
}

/** Whether it may be otherwise in a while. */
function isPassing(failure) {
  return failure instanceof Unreachable || failure.status === 429 || failure.status >= 500;
}

function told(failure) {
  if (failure instanceof Unreachable) return t('unreachable');
  if (!(failure instanceof Problem)) return failure.message;
  return isPassing(failure) ? t('picture.later', { status: failure.status }) : failure.message;
}

/** The path of a track's sign. */
function badge(group) {
  const there = group.querySelector('.sign');
  if (there) return there;
  const around = document.createElementNS(SVG, 'g');
  around.setAttribute('transform', `translate(${group.querySelector('.box').getAttribute('width')} 0)`);
  const circle = document.createElementNS(SVG, 'circle');
  circle.setAttribute('class', 'badge');
  circle.setAttribute('r', '8');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('class', 'sign');
  around.append(circle, path);
  group.append(around);
  return path;
}

/** The server escapes all text; should it ever not, nothing is shown rather than run. */
function safe(svg) {
  const all = svg ? [svg, ...svg.querySelectorAll('*')] : [];
  const isSafe = (element) => ELEMENTS.has(element.localName) && element.namespaceURI === SVG
    && [...element.attributes].every(({ name, value }) => !name.startsWith('on') && !/^(xlink:)?href$/.test(name) && !/url\((?!#)/i.test(value));
  if (!all.length || !all.every(isSafe)) throw new Error('the picture holds what no picture of ours has');
  return svg;
}
