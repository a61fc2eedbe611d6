// One question on the screen: its label, hint and messages, and the control that its kind is answered with. Controls
// that few forms need are modules of their own: see extras.js.

import { choose, rank } from './controls-choice.js';
import { itemId } from './pages.js';
import { markup } from './markup.js';
import { button, h, localIso } from './ui.js';
import { isBlank, isOpen, isPass, readAnswer } from './values.js';

/** @typedef {import('./pages.js').Item} Item */
/** @typedef {{filling: import('./filling.js').Filling, ui: import('./ui.js').Ui, seed: string, form: any, rtl: boolean,
 *   extras: import('./extras.js').Extras, session: import('./session.js').Session, goOn: () => void,
 *   answer: (item: Item, answer: any) => void}} App what controls may use of the application */

const DAY = /^\d{4}-\d\d-\d\d$/;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufefc]/;

/** A question being shown. Controls read and write through it and register what is to follow an answer. */
export class Question {
  /** @param {Item} item @param {App} app */
  constructor(item, app) {
    this.item = item;
    this.app = app;
    this.filling = app.filling;
    this.form = app.filling.form;
    this.node = this.form.nodes[item.node];
    this.locked = false;
    this.id = `q${itemId(item).replace(/\./g, '-')}`;
    this.shows = [];
  }

  get answer() {
    return this.filling.get(this.item.node, this.item.scope);
  }

  get required() {
    return this.filling.isDemanded(this.item.node, this.item.scope);
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

  /** Days among the answers in a label are written as the language writes them. @param {number} text @returns {Node[]} */
  rich(text) {
    const parts = this.filling.parts(text, this.item.node, this.item.scope);
    const nodes = markup(parts.map((part) => (DAY.test(part.value) ? { value: this.app.ui.date(part.value) } : part)));
    return this.foreign(this.text(text)) ? [h('bdi', {}, ...nodes)] : nodes;
  }

  /** @param {number} text @returns {string} */
  text(text) {
    return this.filling.text(text, this.item.node, this.item.scope);
  }

  /** The label's words, without markup. @returns {string} */
  get label() {
    return this.node.label === undefined ? this.node.name : plainText(this.text(this.node.label));
  }

  /** Whether a text is written the other way than the page's language, as one without a translation may be. */
  foreign(text) {
    const rtl = RIGHT_TO_LEFT.test(text);
    return this.app.rtl ? !rtl && /\p{L}/u.test(text) : rtl && !/[a-z]/i.test(text);
  }

  /** What is shown and played with a label. @param {any} media @param {string} label @param {boolean} [beside] a text */
  media(media, label, beside) {
    return (media && this.app.extras.media?.(this, media, label, beside)) ?? { look: null, sound: null };
  }

  /** What every main input has in common. */
  wired() {
    const hint = this.node.hint === undefined ? undefined : `${this.id}-h`;
    return { id: this.id, 'aria-describedby': hint, 'aria-required': this.required ? 'true' : undefined };
  }
}

/** @param {string} text with markup @returns {string} */
export const plainText = (text) => text.replace(/[*_#]|<[^>]*>/g, '').trim();

const DIGITS = [0x660, 0x6f0, 0x966];

/** Digits of Arabic, Persian and Devanagari keyboards as 0 to 9. */
export function plainDigits(text) {
  return text.replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g, (c) =>
    String(c.charCodeAt(0) - DIGITS.find((zero) => c.charCodeAt(0) >= zero && c.charCodeAt(0) <= zero + 9)));
}

/** A number, or the text as typed where it is none: it is kept and the person is told. */
export function numberTyped(text) {
  const plain = plainDigits(text).trim().replace(/[\u2212\u2013]/, '-').replace('\u066b', '.');
  // 1,5 is a decimal comma; 1,000 may be either and is not guessed.
  const point = /^-?\d+,(\d{1,2}|\d{4,})$/.test(plain) ? plain.replace(',', '.') : plain;
  return /^-?(\d+(\.\d*)?|\.\d+)$/.test(point) ? Number(point) : plain;
}

/** A field that is typed into. @param {Question} q */
export function typed(q, properties, read = (text) => text, write = readAnswer, tag = 'input') {
  const input = h(tag, { ...q.wired(), autocomplete: 'off', ...properties });
  input.value = isOpen(q.answer) ? '' : write(q.answer);
  input.addEventListener('input', () => q.set(read(input.value)));
  q.onShow((answer) => { if (isPass(answer)) input.value = ''; });
  return input;
}

/** @param {Question} q */
export const number = (q) => typed(
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

function acknowledge(q) {
  const box = h('input', { type: 'checkbox', value: 'OK', ...q.wired() });
  box.addEventListener('change', () => q.set(box.checked ? 'OK' : ''));
  q.onShow((answer) => { box.checked = answer === 'OK'; });
  return h('label', { className: 'choice' }, box, h('span', {}, q.t('acknowledge')));
}

/** An answer in words. @param {any} filling @param {Item} item @param {import('./ui.js').Ui} ui @returns {string} */
export function inWords(filling, { node, scope }, ui) {
  const { kind, list } = filling.form.nodes[node];
  const answer = filling.get(node, scope);
  if (isBlank(answer)) return '';
  if (isPass(answer)) return ui.t(answer.pass);
  const choices = list === undefined ? [] : filling.form.lists[list].choices;
  const one = (code) => {
    const choice = choices.find(({ name }) => name === code);
    return choice?.label === undefined ? String(code) : plainText(filling.text(choice.label, node, scope));
  };
  if (kind === 'date') return ui.date(answer);
  return [].concat(answer).map(one).join(', ');
}

/** The value alone, where it can't be changed. */
function fixed(q) {
  return h('p', { className: 'value' }, h('bdi', {}, inWords(q.filling, q.item, q.app.ui) || '–'));
}

const CONTROLS = {
  select_one: choose, select_multiple: choose, rank, integer: number, decimal: number, acknowledge,
  date: (q) => typed(q, { type: 'date' }), time: (q) => typed(q, { type: 'time' }), date_time: moment,
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
  q.onShow((answer) => { made.hidden = isOpen(answer); });
  return made;
}

function labelOf(q, control) {
  const words = q.node.label === undefined ? [h('bdi', {}, q.node.name)] : q.rich(q.node.label);
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

function controlOf(q) {
  for (const make of q.app.extras.controls) {
    const control = make(q);
    if (control) return control;
  }
  return q.locked ? fixed(q) : (CONTROLS[q.node.kind] ?? text)(q);
}

/** The whole question. @param {Item} item @param {App} app @returns {HTMLElement} */
export function question(item, app) {
  const q = new Question(item, app);
  const { kind, hint, pass, media } = q.node;
  q.locked = kind !== 'note' && q.filling.isReadOnly(item.node, item.scope);
  const control = kind === 'note' ? null : controlOf(q);
  const label = labelOf(q, control);
  const frame = label.tagName === 'LEGEND'
    ? h('fieldset', { 'aria-describedby': hint === undefined ? undefined : `${q.id}-h` }) : h('div');
  const clears = !q.locked && !q.required && (['range', 'rank'].includes(kind) || control?.classList.contains('one'));
  const { look, sound } = q.media(media ?? (q.heard && {}), q.label);
  frame.append(...[
    label,
    sound,
    look,
    hint === undefined ? null : h('p', { id: `${q.id}-h`, className: 'hint' }, ...q.rich(hint)),
    guidanceOf(q),
    control,
    clears ? clear(q) : null,
    pass && !q.locked && kind !== 'note' ? passes(q) : null,
  ].filter(Boolean));
  const section = h('section', { className: `question ${control?.dataset.row ?? ''}` }, frame);
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
