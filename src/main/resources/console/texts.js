// The language: the one that was chosen here, or that of the browser.
import { always } from './kept.js';
import en from './texts-en.js';
import ja from './texts-ja.js';

const LANGUAGES = { en, ja };
const CHOICE = 'language';

let language = stored() ?? preferred();
let texts = LANGUAGES[language];
document.documentElement.lang = language;

function stored() {
  const choice = always.read(CHOICE);
  return Object.hasOwn(LANGUAGES, choice) ? choice : null;
}

function preferred() {
  const known = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => Object.hasOwn(LANGUAGES, tag));
  return known ?? 'en';
}

export function currentLanguage() {
  return language;
}

/** A whole number as it is written in the language. */
export function count(number) {
  return new Intl.NumberFormat(language).format(number);
}

/** [['en', 'English'], …], each in its own words. */
export function languages() {
  return Object.entries(LANGUAGES).map(([tag, its]) => [tag, its['language.name']]);
}

export function choose(tag) {
  language = tag;
  texts = LANGUAGES[tag];
  always.keep(CHOICE, tag);
  document.documentElement.lang = tag;
}

/** A text, with what stands in {braces} filled in. */
export function t(key, values = {}) {
  const text = texts[key] ?? en[key] ?? key;
  return (typeof text === 'function' ? text(values) : text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The text of a key that may be unknown, such as a reason that a newer server gives; else the fallback. */
export function known(key, fallback) {
  return Object.hasOwn(texts, key) ? t(key) : fallback;
}
