// Times and durations for people, in their language and zone.
import { currentLanguage, t } from './texts.js';

const UNITS = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]];

let ahead = 0; // of this machine's clock: the database's

/** The database's clock decides, so it also says how long ago something was. */
export function setClock(time) {
  ahead = Date.parse(time) - Date.now();
}

/** Now, in ms, by the database's clock as far as it is known. */
export function now() {
  return Date.now() + ahead;
}

/** "3 minutes ago". */
export function ago(time) {
  const seconds = (new Date(time) - now()) / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  return new Intl.RelativeTimeFormat(currentLanguage(), { numeric: 'auto' }).format(Math.round(seconds / length), unit);
}

/** The date and time to the second; today only the time. */
export function at(time) {
  const moment = new Date(time);
  const today = moment.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(currentLanguage(), { dateStyle: today ? undefined : 'medium', timeStyle: 'medium', hourCycle: 'h23' }).format(moment);
}

/** In full, with the zone. */
export function exact(time) {
  return new Intl.DateTimeFormat(currentLanguage(), { dateStyle: 'full', timeStyle: 'long', hourCycle: 'h23' }).format(new Date(time));
}

/** A length of time with two units at most: "1.4 s", "3 min 20 s", "2 d 4 h". */
export function lasting(seconds) {
  if (seconds == null) return '';
  if (seconds < 0.9995) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds)} ${t('unit.s')}`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return two(Math.floor(whole / 3_600), 'h', Math.floor((whole % 3_600) / 60), 'min');
  return two(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3_600), 'h');
}

function two(first, unit, second, smaller) {
  return `${first} ${t('unit.' + unit)}` + (second ? ` ${second} ${t('unit.' + smaller)}` : '');
}
