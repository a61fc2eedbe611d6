// Values of expressions and what they turn into. The Rust evaluator follows the same rules to the letter, so a
// change here is a change there. Pure: no DOM, no clock.

const DAY = 86_400_000;
/** Digits with at most one point, and a sign; no exponent. */
export const NUMBER = /^-?(\d+(\.\d*)?|\.\d+)$/;
const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** @typedef {string | number | boolean} Scalar */
/** @typedef {Scalar | Nodes} Value */
/** @typedef {{days: number, ms: number}} Moment days since 1970-01-01, milliseconds since midnight as written */

/** What a reference yields: the answers it reaches, in document order; '' for a blank one. */
export class Nodes {
  /** @param {(string | number)[]} items */
  constructor(items) {
    this.items = items;
  }
}

/** @param {Value} value @returns {Scalar} */
export function scalar(value) {
  if (!(value instanceof Nodes)) return value;
  return value.items.length ? value.items[0] : '';
}

/** @param {Value} value @returns {(string | number)[]} all items of a nodeset, or the value alone */
export function items(value) {
  if (value instanceof Nodes) return value.items;
  return [typeof value === 'boolean' ? String(value) : value];
}

/** @param {Value} value @returns {boolean} */
export function toBoolean(value) {
  const v = scalar(value);
  if (typeof v === 'number') return v !== 0 && !Number.isNaN(v);
  return typeof v === 'boolean' ? v : v !== '';
}

/** @param {Value} value @returns {number} */
export function toNumber(value) {
  const v = scalar(value);
  if (typeof v !== 'string') return Number(v);
  const text = trim(v);
  if (NUMBER.test(text)) return Number(text);
  const moment = parseMoment(text);
  return moment ? moment.days + moment.ms / DAY : NaN;
}

/** @param {Value} value @returns {string} */
export function toText(value) {
  const v = scalar(value);
  return typeof v === 'number' ? numberText(v) : String(v);
}

/** As XPath writes a number: never an exponent, no sign on zero. @param {number} n @returns {string} */
export function numberText(n) {
  if (n === 0) return '0';
  const text = String(n);
  if (!text.includes('e')) return text;
  const [mantissa, exponent] = text.split('e');
  const sign = n < 0 ? '-' : '';
  const [whole, fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, '0');
}

/** @param {string} text @returns {Moment | null} an ISO date or date-time; the offset is ignored */
export function parseMoment(text) {
  const m = MOMENT.exec(text);
  if (!m) return null;
  const [year, month, day] = [Number(m[1]), Number(m[2]), Number(m[3])];
  const ms = m[4] === undefined ? 0 : msOf(m[4], m[5], m[6], m[7]);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return null;
  return ms === null ? null : { days: daysFromCivil(year, month, day), ms };
}

/** @param {string} text @returns {number | null} part of a day: HH:MM[:SS[.mmm]][offset] */
export function parseTime(text) {
  const m = TIME.exec(text);
  const ms = m && msOf(m[1], m[2], m[3], m[4]);
  return ms === null ? null : ms / DAY;
}

/** @param {Value} value @returns {Moment | null} a number counts as days, whole seconds of it */
export function momentOf(value) {
  const v = scalar(value);
  if (typeof v === 'string') return parseMoment(trim(v));
  const days = Math.floor(Number(v));
  return inCalendar(days) ? { days, ms: Math.floor((v - days) * 86400) * 1000 } : null;
}

/** @param {number} days @returns {string} YYYY-MM-DD, '' outside of the years 1 to 9999 */
export function dateText(days) {
  const whole = Math.floor(days);
  if (!inCalendar(whole)) return '';
  const [year, month, day] = civilFromDays(whole);
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

/** @param {Moment} moment @returns {string} HH:MM:SS */
export function clockText({ ms }) {
  const s = Math.floor(ms / 1000);
  return `${pad(Math.floor(s / 3600))}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`;
}

/** @param {Moment} moment @param {string} format with codes such as %Y; unknown ones stay @returns {string} */
export function formatMoment(moment, format) {
  const [year, month, day] = civilFromDays(moment.days);
  const s = Math.floor(moment.ms / 1000);
  const hour = Math.floor(s / 3600);
  const codes = {
    Y: pad(year, 4), y: pad(year % 100), m: pad(month), n: String(month), b: MONTHS[month - 1],
    d: pad(day), e: String(day), a: WEEKDAYS[(((moment.days + 4) % 7) + 7) % 7],
    H: pad(hour), h: String(hour), M: pad(Math.floor(s / 60) % 60), S: pad(s % 60),
    3: pad(moment.ms % 1000, 3),
  };
  return format.replace(/%(.)/g, (whole, code) => codes[code] ?? whole);
}

const NUMERIC = new Set(['integer', 'decimal', 'range']);
const LISTED = new Set(['select_multiple', 'rank']);

/** The answer that a kind of node makes of a computed or given text. @param {string} kind @param {string} text */
export function answerFromText(kind, text) {
  if (LISTED.has(kind)) return words(text);
  if (!NUMERIC.has(kind)) return text;
  const number = toNumber(text);
  if (!Number.isFinite(number)) return '';
  // A whole number has no decimals, however it was computed.
  return kind === 'integer' ? Math.trunc(number) : number;
}

/** @param {unknown} answer @returns {boolean} */
export function isBlank(answer) {
  return answer == null || answer === '' || Number.isNaN(answer) || (Array.isArray(answer) && !answer.length);
}

/** @param {any} answer @returns {boolean} 'don't know' or 'prefer not to say' on an open question */
export function isPass(answer) {
  return typeof answer === 'object' && answer !== null && 'pass' in answer;
}

/** Whether nothing of substance was answered. @param {any} answer @returns {boolean} */
export const isOpen = (answer) => isBlank(answer) || isPass(answer);

/** What expressions read of an answer. @param {any} answer @returns {string | number} */
export function readAnswer(answer) {
  if (isOpen(answer)) return '';
  return Array.isArray(answer) ? answer.join(' ') : answer;
}

function isPoint(text) {
  const numbers = words(text).map(Number);
  const [latitude, longitude] = numbers;
  return numbers.length > 1 && numbers.length < 5 && numbers.every(Number.isFinite)
    && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
}

const CHECKS = {
  integer: (a) => Number.isInteger(a),
  decimal: (a) => Number.isFinite(a),
  // A range may run down.
  range: (a, { start, end } = {}) => {
    const bounds = [start ?? -Infinity, end ?? Infinity].map(Number).sort((x, y) => x - y);
    return a >= bounds[0] && a <= bounds[1];
  },
  select_multiple: Array.isArray,
  rank: Array.isArray,
  date: (a) => a.length === 10 && parseMoment(a) !== null,
  time: (a) => parseTime(a) !== null,
  date_time: (a) => parseMoment(a) !== null,
  geopoint: isPoint,
  geotrace: (a) => a.replace(/;\s*$/, '').split(';').every(isPoint),
  geoshape: (a) => a.replace(/;\s*$/, '').split(';').every(isPoint),
};

/** Whether an answer that is not blank is of its kind. @param {{kind: string, parameters?: any}} node @param {any} answer */
export function fits({ kind, parameters }, answer) {
  const wanted = NUMERIC.has(kind) ? 'number' : LISTED.has(kind) ? 'object' : 'string';
  return typeof answer === wanted && (CHECKS[kind]?.(answer, parameters) ?? true);
}

/** @param {string} text @returns {string[]} words between XPath's white space, which is less than Unicode's */
export function words(text) {
  return text.split(/[ \t\n\r]+/).filter(Boolean);
}

/** @param {string} text @returns {string} */
export function trim(text) {
  return text.replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, '');
}

const pad = (n, width = 2) => String(n).padStart(width, '0');
const inCalendar = (days) => days >= -719162 && days <= 2932896;

function msOf(hour, minute, second = '0', fraction = '.') {
  if (hour > 23 || minute > 59 || second > 59) return null;
  const thousandths = Number(fraction.slice(1, 4).padEnd(3, '0'));
  return ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + thousandths;
}

function monthLength(year, month) {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

// Counting from 1 March puts the leap day last; Date is avoided because it takes the years 0 to 99 for 1900 to 1999.
function daysFromCivil(year, month, day) {
  const y = month > 2 ? year : year - 1;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return era * 146097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719468;
}

function civilFromDays(days) {
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const ofEra = z - era * 146097;
  const leaps = Math.floor(ofEra / 1460) - Math.floor(ofEra / 36524) + Math.floor(ofEra / 146096);
  const y = Math.floor((ofEra - leaps) / 365);
  const ofYear = ofEra - (365 * y + Math.floor(y / 4) - Math.floor(y / 100));
  const shifted = Math.floor((5 * ofYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const day = ofYear - Math.floor((153 * shifted + 2) / 5) + 1;
  return [y + era * 400 + (month <= 2 ? 1 : 0), month, day];
}
