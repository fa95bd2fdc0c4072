// One run: where it stands and why, its picture, its timeline, and each of its tracks.
import { Problem, get, readEvents } from './api.js';
import { runButtons } from './actions.js';
import { h, patch } from './dom.js';
import { heading, loading, pause, refusal, repeat, short, table } from './pages.js';
import { Picture } from './picture.js';
import { link, replaceParameters } from './route.js';
import { chip } from './states.js';
import { ago, at, exact, lasting, now, setClock } from './time.js';
import { timeline } from './timeline.js';
import { TrackDetails, trackPanel } from './track.js';
import { known, t } from './texts.js';
import { reasonList } from './why.js';

const EVERY_MILLIS = 5_000;
const MOST_EVENTS = 500;
const LONGEST_PAUSE_MILLIS = 30_000;
const COLUMNS_STACKED = matchMedia('(max-width: 1080px)'); // as in console.css: what is selected is told far below

export function open(main, { path: [, id], parameters }, signal) {
  const page = new RunPage(main, id, parameters.get('track'), signal);
  page.begin();
  return (changed) => page.select(changed.get('track'));
}

class RunPage {
  #main;
  #id;
  #path;
  #signal;
  #selected;
  #picture;
  #details;
  #run = null;
  #reasons = [];
  #events = new Map();
  #live = 'connecting';
  #isStreaming = false;
  #failure = null;
  #open = { all: false, table: false, chain: false }; // what of it is shown only on demand
  #loading = null;
  #again = false;
  #isAsking = false;
  #isStale = false;

  constructor(main, id, selected, signal) {
    this.#main = main;
    this.#id = id;
    this.#path = `runs/${encodeURIComponent(id)}`;
    this.#selected = selected;
    this.#signal = signal;
    this.#picture = new Picture(signal, (track) => this.select(track));
    this.#details = new TrackDetails(id, signal, () => this.#draw());
  }

  begin() {
    this.#draw();
    repeat(this.#signal, EVERY_MILLIS, () => this.#load(), (failure) => this.#fail(failure));
  }

  select(track) {
    if (!track || track === this.#selected && this.#run) return;
    this.#selected = track;
    replaceParameters({ track });
    this.#draw();
    if (this.#run && COLUMNS_STACKED.matches) document.querySelector('.track')?.scrollIntoView({ block: 'nearest' });
    this.#look();
  }

  /** Asks how the run is; who wants to know meanwhile is answered after the next time. */
  #load() {
    if (this.#loading) {
      this.#again = true;
      return this.#loading;
    }
    this.#loading = this.#ask().finally(() => {
      this.#loading = null;
      if (this.#again && !this.#signal.aborted) {
        this.#again = false;
        this.#load().catch((failure) => this.#fail(failure));
      }
    });
    return this.#loading;
  }

  async #ask() {
    const begun = performance.now();
    try {
      this.#run = await get(`${this.#path}/tracks`, {}, this.#signal);
      this.#failure = null;
      setClock(this.#run.now);
    } catch (failure) {
      if (failure instanceof Problem && failure.status === 404 && !this.#run) this.#askWhy();
      throw failure;
    }
    if (!this.#isStreaming && (this.#run.state === 'running' || this.#events.size === 0)) this.#follow();
    this.#draw();
    this.#showPicture();
    this.#askWhy();
    await pause(Math.min(2_000, 100 + 2 * (performance.now() - begun)), this.#signal); // large runs cost more: not all the time
  }

  /** Asks for the reasons, which of a large run takes a while: one question at a time, and no more than half of the time. */
  async #askWhy() {
    if (this.#isAsking) {
      this.#isStale = true;
      return;
    }
    this.#isAsking = true;
    try {
      do {
        this.#isStale = false;
        const begun = performance.now();
        try {
          this.#reasons = (await get(`${this.#path}/why`, {}, this.#signal)).reasons;
          this.#selected ??= this.#mostTelling();
          this.#draw();
          await this.#look();
        } catch (failure) {
          if (this.#run) this.#fail(failure); // else it was said already that there is no such run
        }
        await pause(Math.min(10_000, performance.now() - begun), this.#signal);
      } while (this.#isStale && !this.#signal.aborted);
    } finally {
      this.#isAsking = false;
    }
  }

  /** What is looked at first: what stands in the way, or can be mended. */
  #mostTelling() {
    return (this.#reasons.find((reason) => reason.trackId) ?? this.#run?.tracks.find((track) => track.actions.length) ?? this.#run?.tracks.at(-1))?.trackId;
  }

  async #look() {
    const track = this.#run?.tracks.find(({ trackId }) => trackId === this.#selected);
    if (track) await this.#details.look(track);
  }

  #fail(failure) {
    if (this.#signal.aborted) return;
    this.#failure = failure;
    this.#draw();
  }

  async #showPicture() {
    await this.#picture.show(this.#run.workflow, this.#run.definition);
    this.#picture.colour(this.#run.tracks);
    this.#picture.select(this.#selected);
  }

  /** Follows the events until the end of the run; when the stream breaks off, begins again after a growing pause. */
  async #follow() {
    this.#isStreaming = true;
    let wait = 500;
    while (!this.#signal.aborted) {
      try {
        const ended = await readEvents(this.#id, this.#signal, () => { wait = 500; this.#tell('live'); }, (events) => this.#add(events));
        if (ended) break;
      } catch (failure) {
        if (this.#signal.aborted) return;
      }
      this.#tell('broken');
      await pause(wait * (0.75 + Math.random() / 2), this.#signal);
      wait = Math.min(LONGEST_PAUSE_MILLIS, 2 * wait);
    }
    this.#tell('ended');
    await this.#load().catch((failure) => this.#fail(failure));
    this.#isStreaming = false;
  }

  #tell(live) {
    this.#live = live;
    this.#draw();
  }

  #add(events) {
    const before = this.#events.size;
    for (const event of events) this.#events.set(event.eventId, event);
    if (this.#events.size !== before) this.#load().catch((failure) => this.#fail(failure));
  }

  /** Something was done: comes back when it is shown. */
  #acted = async () => {
    await this.#loading?.catch(() => {}); // that one was asked before
    await this.#load().catch((failure) => this.#fail(failure));
  };

  #draw() {
    const run = this.#run;
    if (!run) {
      patch(this.#main,
        h('div', { class: 'head', key: 'head' }, h('div', { class: 'headline', key: 'headline' }, heading(h('code', {}, this.#id)))),
        refusal(this.#failure), this.#reasons.length > 0 && this.#why(), !this.#failure && loading());
      return;
    }
    const track = run.tracks.find(({ trackId }) => trackId === this.#selected);
    patch(this.#main,
      this.#head(run),
      refusal(this.#failure),
      h('div', { class: 'run-page', key: 'run' },
        h('div', { class: 'column' },
          this.#why(),
          h('section', { class: 'panel', key: 'picture', 'aria-labelledby': 'picture-title' },
            h('h2', { id: 'picture-title' }, t('picture.title'), ' ', h('a', { class: 'quiet', href: link(['workflows', run.workflow], { hash: run.definition }) }, t('picture.definition'))),
            this.#picture.element),
          h('section', { class: 'panel', key: 'timeline', 'aria-labelledby': 'timeline-title' },
            h('h2', { id: 'timeline-title' }, t('timeline.title')),
            timeline(run, [...this.#events.values()], { ...this.#open, selected: this.#selected },
              { select: (name) => this.select(name), show: (part, isShown) => this.#show(part, isShown) })),
          this.#chain()),
        h('div', { class: 'column side' }, track ? trackPanel(run, track, this.#details, (name) => this.select(name), this.#acted) : h('p', { class: 'quiet' }, t('track.none')))));
    this.#picture.select(this.#selected);
  }

  #head(run) {
    const seconds = ((run.finishedAt ? Date.parse(run.finishedAt) : now()) - Date.parse(run.startedAt)) / 1000;
    const done = run.tracks.filter((track) => track.state === 'completed').length;
    const fact = (name, value, title) => value != null && h('div', { key: name }, h('dt', {}, t('run.' + name)), h('dd', { title }, value));
    return h('div', { class: 'head', key: 'head' },
      h('p', { class: 'crumbs', key: 'crumbs' }, h('a', { href: link(['runs'], { workflow: run.workflow }) }, t('nav.runs') + ' · ' + run.workflow)),
      h('div', { class: 'headline', key: 'headline' }, heading(chip(run.state), ' ', run.workflow, ' ', h('code', { title: run.correlationId }, short(run.correlationId)), ' ',
        navigator.clipboard && h('button', { class: 'plain small', onclick: (event) => copy(event.target, run.correlationId) }, t('run.copy'))),
        h('div', { class: 'buttons', key: 'actions' }, ...runButtons(run, this.#acted))),
      h('dl', { class: 'row' },
        fact('started', ago(run.startedAt), exact(run.startedAt)),
        fact('took', lasting(seconds)),
        fact('tracks', t('runs.progress', { completed: done, tracks: run.tracks.length })),
        fact('finished', run.finishedAt && at(run.finishedAt), run.finishedAt && exact(run.finishedAt)),
        fact('deadline', run.deadlineAt && run.state === 'running' ? ago(run.deadlineAt) : null, run.deadlineAt && exact(run.deadlineAt)),
        fact('user', run.userId),
        fact('priority', run.priority || null),
        h('div', { key: 'live' }, h('dt', {}, t('run.live')), h('dd', { class: 'live ' + this.#live }, t('live.' + this.#live)))),
      h('p', { class: 'only-heard', role: 'status' }, t('run.heard', { state: t('state.' + run.state), completed: done, tracks: run.tracks.length })));
  }

  #why() {
    const isCalm = this.#reasons.every((reason) => !reason.trackId);
    return h('section', { class: 'panel whys', key: 'why', 'aria-labelledby': 'why-title' },
      h('h2', { id: 'why-title' }, t(this.#run?.state === 'running' ? 'why.running' : 'why.ended')),
      isCalm ? h('p', {}, this.#reasons[0]?.sentence ?? t('why.nothing')) : reasonList(this.#reasons, this.#run && ((name) => this.select(name))));
  }

  #chain() {
    const number = this.#events.size;
    return h('details', { class: 'panel', key: 'chain', ontoggle: (event) => this.#show('chain', event.target.open) },
      h('summary', {}, t('chain.title', { n: number })),
      this.#open.chain && eventTable([...this.#events.values()].sort((a, b) => a.eventId - b.eventId).slice(-MOST_EVENTS), number),
      this.#open.chain && number > MOST_EVENTS && h('p', { class: 'quiet' }, t('chain.more', { n: MOST_EVENTS })));
  }

  /** A part that few look at is made when it is opened. */
  #show(part, isShown) {
    if (this.#open[part] === isShown) return;
    this.#open[part] = isShown;
    this.#draw();
  }
}

function eventTable(events, number) {
  const columns = ['time', 'track', 'event', 'attempt', 'took', 'fate', 'detail'].map((name) => ({ text: t('chain.' + name) }));
  return table(t('chain.title', { n: number }), columns, events.map((event) => h('tr', { key: event.eventId },
    h('td', { title: event.createdAt && exact(event.createdAt) }, event.createdAt && at(event.createdAt)), h('td', {}, event.trackId),
    h('td', {}, known('event.' + event.eventType, event.eventType)), h('td', { class: 'number' }, event.attempt ?? ''), h('td', { class: 'number' }, lasting(event.durationSeconds)),
    h('td', {}, event.fate === 'consumed' ? '' : known('fate.' + event.fate, event.fate)), h('td', { class: 'text', title: event.detail }, event.detail))));
}

async function copy(button, text) {
  await navigator.clipboard.writeText(text);
  button.textContent = t('run.copied');
}
