// Numbers that are not simply typed: sliders, stars, steps, a compass; and text that hides itself or is an address.

import { number, numberTyped, plainDigits, typed } from './controls.js';
import { button, h } from './ui.js';
import { isOpen } from './values.js';

/** @typedef {import('./controls.js').Question} Question */

/** More values than this are no list to choose from. */
const MOST_VALUES = 200;

/** Bounds and step of a range. */
function scaleOf({ parameters = {} }) {
  const { start = 0, end = 10, step = 1 } = parameters;
  const by = Math.abs(Number(step)) || 1;
  const decimals = (String(step).split('.')[1] ?? '').length;
  const [min, max] = [Math.min(start, end), Math.max(start, end)];
  const count = Math.floor((max - min) / by + 1e-9) + 1;
  return { min, max, by, count, exact: (value) => Number(Math.max(min, Math.min(max, value)).toFixed(decimals)) };
}

function slider(q) {
  const { min, max, by, exact } = scaleOf(q.node);
  const input = h('input', { type: 'range', min, max, step: by, ...q.wired(), 'aria-labelledby': `${q.id}-l` });
  const output = h('output', { htmlFor: q.id });
  const set = (value) => q.set(exact(value));
  // The first press takes the middle, where the thumb already stands: nothing is answered until someone touches it.
  const move = (way) => set(isOpen(q.answer) ? Number(input.value) : q.answer + way * by);
  input.addEventListener('input', () => set(Number(input.value)));
  input.addEventListener('click', () => set(Number(input.value)));
  q.onShow((answer) => {
    const open = isOpen(answer);
    input.value = open ? (min + max) / 2 : answer;
    input.classList.toggle('untouched', open);
    output.textContent = open ? q.t('not_answered') : q.app.ui.number(answer);
    input.setAttribute('aria-valuetext', output.textContent);
  });
  const less = button('−', () => move(-1), { 'aria-label': q.t('less') });
  const more = button('+', () => move(1), { 'aria-label': q.t('more') });
  const ends = h('div', { className: 'ends', 'aria-hidden': 'true' },
    h('span', {}, q.app.ui.number(min)), h('span', {}, q.app.ui.number(max)));
  const upright = q.has('vertical') ? 'range upright' : 'range';
  return h('div', { className: upright }, output, h('div', { className: 'slide' }, less, input, more), ends);
}

const valuesOf = ({ min, by, count, exact }) => Array.from({ length: count }, (_, at) => exact(min + at * by));

function picker(q, scale) {
  const options = valuesOf(scale).map((value) => h('option', { value }, q.app.ui.number(value)));
  const select = h('select', q.wired(), h('option', { value: '' }, '–'), ...options);
  select.addEventListener('change', () => q.set(select.value === '' ? '' : Number(select.value)));
  q.onShow((answer) => { select.value = isOpen(answer) ? '' : String(answer); });
  return select;
}

/** Stars up to the one chosen, each with its number. */
function rating(q, scale) {
  const made = valuesOf(scale).map((value) => {
    const box = h('input', { type: 'radio', name: q.id, value, change: () => q.set(value) });
    const star = h('b', { 'aria-hidden': 'true' });
    q.onShow((answer) => {
      box.checked = answer === value;
      star.textContent = !isOpen(answer) && value <= answer ? '★' : '☆';
    });
    return h('label', { className: 'cell star' }, box, star, h('span', {}, q.app.ui.number(value)));
  });
  return h('div', { className: 'cells stars one' }, ...made);
}

function range(q) {
  const scale = scaleOf(q.node);
  if (q.has('rating') && scale.count <= 12) return rating(q, scale);
  return q.has('picker') && scale.count <= MOST_VALUES ? picker(q, scale) : slider(q);
}

function counter(q) {
  const input = number(q);
  const step = (way) => {
    const now = Number.isFinite(q.answer) ? q.answer : 0;
    q.set(Math.max(0, now + way));
    input.value = String(q.answer);
  };
  const less = button('−', () => step(-1), { 'aria-label': q.t('less') });
  const more = button('+', () => step(1), { 'aria-label': q.t('more') });
  return h('div', { className: 'slide counter' }, less, input, more);
}

/** What is typed stays as typed, and stands below in groups of digits. */
function grouped(q) {
  const separators = /[,'\u066c\u00a0\u202f ](?=\d{3})/g;
  const read = (text) => numberTyped(plainDigits(text).replace(separators, ''));
  const input = typed(q, { type: 'text', inputMode: 'decimal', className: 'short' }, read, String);
  const output = h('output', { htmlFor: q.id, className: 'hint' });
  q.onShow((answer) => { output.textContent = Math.abs(answer) >= 1000 ? q.app.ui.number(answer) : ''; });
  return h('div', {}, input, output);
}

/** Degrees clockwise from north, from the phone's compass where it has one. */
function bearing(q) {
  const input = number(q);
  if (!('ondeviceorientationabsolute' in window)) return input;
  const read = () => addEventListener('deviceorientationabsolute', ({ alpha }) => {
    if (alpha === null) return;
    q.set(Math.round(360 - alpha) % 360);
    input.value = String(q.answer);
  }, { once: true });
  return h('div', {}, input, button(q.t('compass'), read, { className: 'big' }));
}

function masked(q) {
  const hides = CSS.supports('-webkit-text-security', 'disc');
  return typed(q, { type: hides ? 'text' : 'password', className: 'masked' });
}

/** An address, with a link to it once it is one. */
function address(q) {
  const link = h('a', { target: '_blank', rel: 'noopener noreferrer', className: 'link' });
  q.onShow((answer) => {
    const isLink = /^https?:\/\/\S+$/i.test(String(answer ?? ''));
    link.hidden = !isLink;
    link.textContent = isLink ? answer : '';
    if (isLink) link.href = answer;
  });
  return h('div', {}, q.locked ? null : typed(q, { type: 'url', inputMode: 'url', dir: 'ltr' }), link);
}

/** @param {Question} q @returns {HTMLElement | undefined} */
export function control(q) {
  const { kind } = q.node;
  if (kind === 'text' && q.has('url')) return address(q);
  if (q.locked) return undefined;
  if (kind === 'range') return range(q);
  if (kind === 'text') return q.has('masked') ? masked(q) : undefined;
  if (kind !== 'integer' && kind !== 'decimal') return undefined;
  if (q.has('counter')) return counter(q);
  if (q.has('bearing')) return bearing(q);
  return q.has('thousands-sep') ? grouped(q) : undefined;
}
