// The functions of expressions, three tables by what they are given: `plain` ones get scalars, `aggregates` get
// values with all their items, `lazy` ones get expressions and the view they are seen from. functions-more.js adds
// the rare ones. Pure.

import {
  Nodes, clockText, dateText, formatMoment, items, momentOf, parseMoment, parseTime, scalar, toBoolean,
  toNumber, toText, trim, words,
} from './values.js';

/** @typedef {import('./values.js').Scalar} Scalar */
/** @typedef {import('./values.js').Value} Value */

const points = (value) => [...toText(value)];
const allItems = (values) => values.flatMap(items);
/** @param {Value[]} values @returns {(string | number)[]} their items that are not blank */
export const filled = (values) => allItems(values).filter((item) => item !== '');
export const numeric = (compute) => (...args) => compute(...args.map(toNumber));
export const texts = (compute) => (...args) => compute(...args.map(toText));

function round(x, digits = 0) {
  // Read from text: powers are left to the machine's library, and differ in their last digit.
  const factor = Number(`1e${Math.max(-300, Math.min(300, Math.trunc(digits) || 0))}`);
  return Math.floor(x * factor + 0.5) / factor;
}

function substring(text, from, length) {
  const start = Math.floor(toNumber(from) + 0.5);
  const end = length === undefined ? Infinity : start + Math.floor(toNumber(length) + 0.5);
  return points(text).filter((_, index) => index + 1 >= start && index + 1 < end).join('');
}

function translate(text, from, to) {
  const [source, target] = [[...from], [...to]];
  return [...text].map((c) => (source.includes(c) ? target[source.indexOf(c)] ?? '' : c)).join('');
}

/** By whole characters; what that way of reading refuses, such as [\w-\.], is read the older way. */
function matches(text, pattern) {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(`^(?:${pattern})$`, flags).test(text);
    } catch { /* the next way */ }
  }
  return false;
}

function date(value) {
  if (typeof value !== 'string') return dateText(toNumber(value));
  const text = trim(value);
  return parseMoment(text) ? text.slice(0, 10) : '';
}

function dateTime(value) {
  const moment = momentOf(value);
  if (!moment) return '';
  return typeof value === 'string' ? trim(value) : `${dateText(moment.days)}T${clockText(moment)}`;
}

function decimalTime(value) {
  return parseTime(trim(toText(value))) ?? NaN;
}

function format(value, pattern) {
  const moment = momentOf(value);
  return moment ? formatMoment(moment, toText(pattern)) : '';
}

function within(least, most, count) {
  const [min, max] = [toNumber(least), toNumber(most)];
  return (min === -1 || count >= min) && (max === -1 || count <= max);
}

function weightedChecklist(min, max, ...pairs) {
  let sum = 0;
  for (let i = 0; i + 1 < pairs.length; i += 2) if (toBoolean(pairs[i])) sum += toNumber(pairs[i + 1]);
  return within(min, max, sum);
}

/** @type {Record<string, (...args: Scalar[]) => Scalar>} */
export const plain = {
  not: (a) => !toBoolean(a),
  true: () => true,
  false: () => false,
  boolean: toBoolean,
  number: toNumber,
  string: toText,
  coalesce: (...args) => args.map(toText).find((arg) => arg !== '') ?? '',
  selected: texts((list, code) => words(list).includes(trim(code))),
  'selected-at': (list, index) => words(toText(list))[Math.trunc(toNumber(index))] ?? '',
  'count-selected': texts((list) => words(list).length),
  int: numeric(Math.trunc),
  round: numeric(round),
  floor: numeric(Math.floor),
  ceiling: numeric(Math.ceil),
  abs: numeric(Math.abs),
  sqrt: numeric(Math.sqrt),
  exp: numeric(Math.exp),
  log: numeric(Math.log),
  log10: numeric(Math.log10),
  pow: numeric(Math.pow),
  pi: () => Math.PI,
  substr: (text, from, to = Infinity) => points(text).slice(toNumber(from), toNumber(to)).join(''),
  substring,
  'substring-before': texts((text, part) => text.slice(0, Math.max(0, text.indexOf(part)))),
  'substring-after': texts((text, part) => (text.includes(part) ? text.slice(text.indexOf(part) + part.length) : '')),
  'starts-with': texts((text, part) => text.startsWith(part)),
  'ends-with': texts((text, part) => text.endsWith(part)),
  contains: texts((text, part) => text.includes(part)),
  translate: texts(translate),
  'upper-case': texts((text) => text.toUpperCase()),
  'lower-case': texts((text) => text.toLowerCase()),
  regex: texts(matches),
  date,
  'date-time': dateTime,
  'decimal-date-time': toNumber,
  'decimal-time': decimalTime,
  'format-date': format,
  'format-date-time': format,
  checklist: (min, max, ...rest) => within(min, max, rest.filter(toBoolean).length),
  'weighted-checklist': weightedChecklist,
  'boolean-from-string': texts((text) => text === '1' || text === 'true'),
};

/** The most characters that functions put together: texts that double from one calculation to the next have no end. */
const LONGEST = 32_768;

/** @param {string[]} parts @param {string} between @returns {string} */
export function limited(parts, between) {
  let text = '';
  for (let i = 0; i < parts.length && text.length <= 2 * LONGEST; i++) text += (i ? between : '') + parts[i];
  return text.length > LONGEST ? points(text).slice(0, LONGEST).join('') : text;
}

/** @type {Record<string, (...args: Value[]) => Scalar>} */
export const aggregates = {
  min: (...args) => extreme((n, best) => n < best, args),
  max: (...args) => extreme((n, best) => n > best, args),
  sum: (...args) => filled(args).reduce((total, item) => total + toNumber(item), 0),
  count: (...args) => allItems(args).length,
  'count-non-empty': (...args) => filled(args).length,
  concat: (...args) => limited(allItems(args).map(toText), ''),
  join: (separator, ...args) => limited(allItems(args).map(toText), toText(separator)),
};

/** The first number that none of the rest is better than; NaN where there is none, or one is NaN. */
function extreme(better, args) {
  const found = filled(args).map(toNumber);
  return found.length ? found.reduce((best, n) => (better(n, best) || Number.isNaN(n) ? n : best)) : NaN;
}

/** A part of a reference as it was parsed: `${name}` alone names a node. @param {any} expr @returns {number | undefined} */
const named = (expr) => (Array.isArray(expr) && expr[0] === '$' ? expr[1] : undefined);

/** Letters and digits by chance. */
function randomText(count, random) {
  const length = Math.trunc(Math.max(0, Math.min(1000, count))) || 0;
  return Array.from({ length }, () => Math.floor(random() * 36).toString(36)).join('');
}

/** @typedef {(args: any[], view: import('./scope.js').View, get: (expr: any) => Value) => Value} Lazy */

/** @type {Record<string, Lazy>} */
export const lazy = {
  if: ([condition, yes, no], _, get) => get(toBoolean(get(condition)) ? yes : no),
  once: ([expr], view, get) => (view.own() === '' ? get(expr) : view.own()),
  'string-length': ([expr], view, get) => points(expr === undefined ? view.own() : get(expr)).length,
  'normalize-space': ([expr], view, get) => words(toText(expr === undefined ? view.own() : get(expr))).join(' '),
  today: (_, view) => view.env.now.slice(0, 10),
  now: (_, view) => view.env.now,
  random: (_, view) => view.env.random(),
  uuid: ([count], view, get) =>
    (count === undefined ? view.env.uuid() : randomText(toNumber(get(count)), view.env.random)),
  version: (_, view) => view.version(),
  position: ([target], view) => (target === undefined ? view.within?.position ?? 1 : view.position(named(target))),
  last: (_, view) => view.within?.last ?? 1,
  'indexed-repeat': ([target, ...rest], view, get) => {
    if (named(target) === undefined) return '';
    const wanted = new Map();
    for (let i = 0; i + 1 < rest.length; i += 2) {
      const repeat = named(rest[i]);
      if (repeat !== undefined && !wanted.has(repeat)) wanted.set(repeat, Math.trunc(toNumber(get(rest[i + 1]))));
    }
    return scalar(view.indexed(named(target), wanted));
  },
  'jr:choice-name': ([expr, target], view, get) =>
    limited(view.choiceNames(words(toText(get(expr))), named(target) ?? view.node), ', '),
};

const MORE = ['exp10', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'digest', 'base64-decode', 'area',
  'distance', 'geofence', 'randomize'];

/** Whether a form calls what functions-more.js has. A text that only looks so does no harm. @param {any} form */
export const needsMore = (form) =>
  new RegExp(`\\["(${MORE.join('|')})",`).test(JSON.stringify(form.nodes));

const VOLATILE = new Set(['random', 'uuid', 'now', 'today', 'once', 'randomize']);

/** Whether an expression may give another value on the same answers. @param {any} expr @returns {boolean} */
export function isVolatile(expr) {
  return Array.isArray(expr) && (VOLATILE.has(expr[0]) || expr.some(isVolatile));
}
