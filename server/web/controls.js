// One question on the screen: its label, hint and messages, and the control that its kind is answered with.

import { choose, rank } from './controls-choice.js';
import { itemId } from './pages.js';
import { markup } from './markup.js';
import { button, h, localIso } from './ui.js';
import { isBlank, isPass, readAnswer } from './values.js';

/** @typedef {import('./pages.js').Item} Item */
/** @typedef {{filling: import('./filling.js').Filling, ui: import('./ui.js').Ui, seed: string,
 *   answer: (item: Item, answer: any) => void}} App what controls may use of the application */

/** A question being shown. Controls read and write through it and register what is to follow an answer. */
export class Question {
  /** @param {Item} item @param {App} app */
  constructor(item, app) {
    this.item = item;
    this.app = app;
    this.filling = app.filling;
    this.node = app.filling.form.nodes[item.node];
    this.id = `q${itemId(item).replace(/\./g, '-')}`;
    this.shows = [];
  }

  get answer() {
    return this.filling.get(this.item.node, this.item.scope);
  }

  get required() {
    return this.filling.isRequired(this.item.node, this.item.scope);
  }

  set(answer) {
    this.app.answer(this.item, answer);
    this.shows.forEach((show) => show(this.answer));
  }

  /** Runs now and after each answer. @param {(answer: any) => void} show */
  onShow(show) {
    this.shows.push(show);
    show(this.answer);
  }

  t(key, values) {
    return this.app.ui.t(key, values);
  }

  has(appearance) {
    return this.node.appearance?.includes(appearance) ?? false;
  }

  /** @param {number} text @returns {Node[]} */
  rich(text) {
    return markup(this.filling.parts(text, this.item.node, this.item.scope));
  }

  /** What every main input has in common. */
  wired() {
    const hint = this.node.hint === undefined ? undefined : `${this.id}-h`;
    return { id: this.id, 'aria-describedby': hint, 'aria-required': this.required ? 'true' : undefined };
  }
}

const DIGITS = [0x660, 0x6f0, 0x966];

/** Digits of Arabic, Persian and Devanagari keyboards as 0 to 9. */
function plainDigits(text) {
  return text.replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g, (c) =>
    String(c.charCodeAt(0) - DIGITS.find((zero) => c.charCodeAt(0) >= zero && c.charCodeAt(0) <= zero + 9)));
}

/** A number, or the text as typed where it is none: it is kept and the person is told. */
function numberTyped(text) {
  const plain = plainDigits(text).trim().replace(/[\u2212\u2013]/, '-').replace('\u066b', '.');
  // 1,5 is a decimal comma; 1,000 may be either and is not guessed.
  const point = /^-?\d+,(\d{1,2}|\d{4,})$/.test(plain) ? plain.replace(',', '.') : plain;
  return /^-?(\d+(\.\d*)?|\.\d+)$/.test(point) ? Number(point) : plain;
}

function typed(q, properties, read = (text) => text, write = readAnswer, tag = 'input') {
  const input = h(tag, { ...q.wired(), autocomplete: 'off', ...properties });
  input.value = isBlank(q.answer) || isPass(q.answer) ? '' : write(q.answer);
  input.addEventListener('input', () => q.set(read(input.value)));
  q.onShow((answer) => { if (isPass(answer)) input.value = ''; });
  return input;
}

const number = (q) => typed(
  q,
  { type: 'text', inputMode: q.node.kind === 'integer' ? 'numeric' : 'decimal', className: 'short' },
  numberTyped,
  (answer) => String(answer),
);

function text(q) {
  if (q.has('multiline')) return typed(q, { rows: 5 }, undefined, undefined, 'textarea');
  if (!q.has('numbers')) return typed(q, { type: 'text' });
  return typed(q, { type: 'text', inputMode: 'numeric' }, plainDigits);
}

/** Kept with the phone's offset on that day. */
function momentTyped(local) {
  const date = new Date(local);
  return local && !Number.isNaN(date.getTime()) ? localIso(date) : '';
}

const moment = (q) => typed(q, { type: 'datetime-local' }, momentTyped, (answer) => String(answer).slice(0, 16));

function range(q) {
  const { start = 0, end = 10, step = 1 } = q.node.parameters ?? {};
  const [min, max] = [Math.min(start, end), Math.max(start, end)];
  const by = Number(step) || 1;
  const decimals = (String(step).split('.')[1] ?? '').length;
  const slider = h('input', { type: 'range', min, max, step: by, ...q.wired(), 'aria-labelledby': `${q.id}-l` });
  const output = h('output', { htmlFor: q.id });
  const set = (value) => q.set(Number(Math.max(min, Math.min(max, value)).toFixed(decimals)));
  // The first press takes the middle, where the thumb already stands: nothing is answered until someone touches it.
  const move = (way) => set(isBlank(q.answer) || isPass(q.answer) ? Number(slider.value) : q.answer + way * by);
  slider.addEventListener('input', () => set(Number(slider.value)));
  slider.addEventListener('click', () => set(Number(slider.value)));
  q.onShow((answer) => {
    const open = isBlank(answer) || isPass(answer);
    slider.value = open ? (min + max) / 2 : answer;
    slider.classList.toggle('untouched', open);
    output.textContent = open ? q.t('not_answered') : q.app.ui.number(answer);
    slider.setAttribute('aria-valuetext', output.textContent);
  });
  const less = button('−', () => move(-1), { 'aria-label': q.t('less') });
  const more = button('+', () => move(1), { 'aria-label': q.t('more') });
  const ends = h('div', { className: 'ends', 'aria-hidden': 'true' },
    h('span', {}, q.app.ui.number(min)), h('span', {}, q.app.ui.number(max)));
  return h('div', { className: 'range' }, output, h('div', { className: 'slide' }, less, slider, more), ends);
}

function geopoint(q) {
  const input = typed(q, { type: 'text', inputMode: 'text', placeholder: '0.0 0.0', dir: 'ltr' });
  const status = h('p', { role: 'status' });
  const found = ({ coords }) => {
    const { latitude, longitude, altitude, accuracy } = coords;
    input.value = [latitude.toFixed(6), longitude.toFixed(6), Math.round(altitude ?? 0), Math.round(accuracy)].join(' ');
    q.set(input.value);
    status.textContent = q.t('located', { n: Math.round(accuracy) });
  };
  const failed = (error) => { status.textContent = q.t(error?.code === 1 ? 'locate_denied' : 'locate_failed'); };
  const locate = () => {
    if (!navigator.geolocation) return failed();
    status.textContent = q.t('locating');
    return navigator.geolocation.getCurrentPosition(found, failed, { enableHighAccuracy: true, timeout: 60_000 });
  };
  return h('div', { className: 'place' }, button(q.t('locate'), locate), input, status);
}

function acknowledge(q) {
  const box = h('input', { type: 'checkbox', value: 'OK', ...q.wired() });
  box.addEventListener('change', () => q.set(box.checked ? 'OK' : ''));
  q.onShow((answer) => { box.checked = answer === 'OK'; });
  return h('label', { className: 'choice' }, box, h('span', {}, q.t('acknowledge')));
}

/** The value alone, where it can't be changed. */
function fixed(q) {
  const codes = [].concat(isPass(q.answer) ? [] : q.answer ?? []);
  const choices = q.node.list === undefined ? [] : q.filling.form.lists[q.node.list].choices;
  const shown = codes.map((code) => {
    const choice = choices.find(({ name }) => name === code);
    return choice?.label === undefined ? String(code) : q.filling.text(choice.label, q.item.node, q.item.scope);
  });
  return h('p', { className: 'value' }, shown.join(', ') || '–');
}

const CONTROLS = {
  select_one: choose, select_multiple: choose, rank, integer: number, decimal: number, range, text,
  date: (q) => typed(q, { type: 'date' }), time: (q) => typed(q, { type: 'time' }), date_time: moment,
  geopoint, acknowledge, barcode: text, geotrace: text, geoshape: text,
};

function passes(q) {
  const made = ['dont_know', 'prefer_not_to_say'].map((code) => {
    const press = () => q.set(q.answer?.pass === code ? '' : { pass: code });
    const made = button(q.t(code), press, { className: 'pass' });
    made.dataset.pass = code;
    q.onShow((answer) => made.setAttribute('aria-pressed', String(answer?.pass === code)));
    return made;
  });
  return h('div', { className: 'passes' }, ...made);
}

/** Radios and sliders have no blank position of their own, and nobody has to stay with an answer. */
function clear(q) {
  const made = button(q.t('clear'), () => q.set(''), { className: 'quiet' });
  q.onShow((answer) => { made.hidden = isBlank(answer) || isPass(answer); });
  return made;
}

function labelOf(q, control) {
  const words = q.node.label === undefined ? [q.node.name] : q.rich(q.node.label);
  const mark = q.required ? h('span', { className: 'must' }, '\u00a0* ', h('span', { className: 'unseen' }, q.t('needed'))) : null;
  const properties = { id: `${q.id}-l`, className: 'label', tabIndex: -1 };
  const single = control && (control.id === q.id ? control : control.querySelector(`#${q.id}:not([type=checkbox])`));
  if (single) return h('label', { ...properties, htmlFor: q.id }, ...words, mark);
  return h(control?.className === 'value' || !control ? 'div' : 'legend', properties, ...words, mark);
}

function guidanceOf(q) {
  if (q.node.guidance === undefined) return null;
  return h('details', {}, h('summary', {}, q.t('guidance')), h('p', {}, ...q.rich(q.node.guidance)));
}

/** The whole question. @param {Item} item @param {App} app @returns {HTMLElement} */
export function question(item, app) {
  const q = new Question(item, app);
  const { kind, hint, pass } = q.node;
  const locked = kind !== 'note' && q.filling.isReadOnly(item.node, item.scope);
  const control = kind === 'note' ? null : (locked ? fixed : CONTROLS[kind] ?? text)(q);
  const label = labelOf(q, control);
  const frame = label.tagName === 'LEGEND'
    ? h('fieldset', { 'aria-describedby': hint === undefined ? undefined : `${q.id}-h` }) : h('div');
  const clears = !locked && !q.required && (['range', 'rank'].includes(kind) || control?.className === 'choices one');
  frame.append(...[
    label,
    hint === undefined ? null : h('p', { id: `${q.id}-h`, className: 'hint' }, ...q.rich(hint)),
    guidanceOf(q),
    control,
    clears ? clear(q) : null,
    pass && !locked && kind !== 'note' ? passes(q) : null,
  ].filter(Boolean));
  const section = h('section', { className: 'question' }, frame);
  section.dataset.key = q.node.key;
  section.dataset.kind = kind;
  if (item.scope.parent) section.dataset.instance = item.scope.path();
  return section;
}

/** Shows or removes the message of a question. @param {HTMLElement} section @param {string | null} message */
export function mark(section, message) {
  section.querySelector('.error')?.remove();
  const main = section.querySelector('fieldset') ?? section.querySelector('input, textarea, select');
  if (!main) return null;
  const error = section.querySelector('.label').id.replace(/l$/, 'e');
  const described = (main.getAttribute('aria-describedby') ?? '').split(' ').filter((id) => id && id !== error);
  if (message) described.push(error);
  if (described.length) main.setAttribute('aria-describedby', described.join(' '));
  else main.removeAttribute('aria-describedby');
  for (const input of section.querySelectorAll('input, textarea, select')) {
    if (message) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  }
  if (!message) return null;
  const made = h('p', { id: error, className: 'error', role: 'alert', tabIndex: -1 }, message);
  section.querySelector('.label').after(made);
  return made;
}
