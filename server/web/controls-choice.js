// Controls of questions that are answered from a list: rows to choose from, an order of preference.

import { arranged } from './pages.js';
import { button, h } from './ui.js';
import { isOpen } from './values.js';

/** @typedef {import('./controls.js').Question} Question */

/** @param {any} answer @returns {string[]} */
export const codesOf = (answer) => (isOpen(answer) ? [] : [].concat(answer));

/** @param {Question} q @param {any} choice */
export const plainLabel = (q, choice) => (choice.label === undefined ? choice.name : q.text(choice.label));

/** What is seen and heard of a choice. An answer given earlier may be a choice, in whatever script it is written.
 * @param {Question} q @param {any} choice @returns {{words: Node, sound: Node | null}} */
export function shown(q, choice) {
  const label = choice.label === undefined ? [h('bdi', {}, choice.name)] : q.rich(choice.label);
  const { look, sound } = q.media(choice.media, plainLabel(q, choice), true);
  return { words: h('span', {}, look, ...label), sound };
}

/** What an answer becomes when a choice is added: a special one stands alone. */
function added(codes, choice, choices) {
  if (choice.special) return [choice.name];
  const special = new Set(choices.filter((other) => other.special).map((other) => other.name));
  return [...codes.filter((code) => !special.has(code)), choice.name];
}

/** Makes radios or boxes that give the answer and follow it. @param {Question} q @param {any[]} choices
 * @returns {(choice: any) => HTMLInputElement} */
export function boxes(q, choices) {
  const one = q.node.kind === 'select_one';
  const made = new Map();
  // Stored in the order of the sheet, whatever order they were shown or ticked in.
  const sheet = (q.node.list === undefined ? choices : q.filling.form.lists[q.node.list].choices).map(({ name }) => name);
  const pick = (choice, checked) => {
    if (one) return q.set(choice.name);
    const codes = codesOf(q.answer).filter((code) => code !== choice.name);
    const chosen = new Set(checked ? added(codes, choice, choices) : codes);
    return q.set(sheet.filter((name) => chosen.has(name)));
  };
  q.onShow((answer) => {
    const codes = codesOf(answer);
    made.forEach((box, code) => { box.checked = codes.includes(code); });
  });
  return (choice) => {
    const box = h('input', { type: one ? 'radio' : 'checkbox', name: q.id, value: choice.name });
    box.addEventListener('change', () => pick(choice, box.checked));
    box.checked = codesOf(q.answer).includes(choice.name);
    made.set(choice.name, box);
    return box;
  };
}

/** Makes rows to tap. @param {Question} q @param {any[]} choices @returns {(choice: any) => HTMLElement} */
export function rows(q, choices) {
  const box = boxes(q, choices);
  return (choice) => {
    const { words, sound } = shown(q, choice);
    const row = h('label', { className: choice.special ? 'choice special' : 'choice' }, box(choice), words);
    return sound ? h('div', { className: 'sounded' }, row, sound) : row;
  };
}

/** select_one and select_multiple. @param {Question} q */
export function choose(q) {
  const choices = arranged(q.filling, q.item, q.app.seed);
  const list = h('div', { className: q.node.kind === 'select_one' ? 'choices one' : 'choices' });
  list.append(...choices.map(rows(q, choices)));
  return list;
}

/** Tapped in order of preference; tapped again, a choice leaves the order. @param {Question} q */
export function rank(q) {
  const choices = arranged(q.filling, q.item, q.app.seed);
  const most = Number(q.node.parameters?.ranks) || choices.length;
  const status = h('p', { role: 'status' });
  const say = (text, className) => Object.assign(status, { textContent: text, className });
  const tap = (choice) => {
    const codes = codesOf(q.answer);
    say('', 'unseen');
    if (codes.includes(choice.name)) return q.set(codes.filter((code) => code !== choice.name));
    const next = added(codes, choice, choices);
    if (next.length > most) {
      return say(q.t('rank_full', { n: most }), 'hint');
    }
    q.set(next);
    return say(choice.special ? '' : `${plainLabel(q, choice)}: ${q.t('rank_place', { n: next.length })}`, 'unseen');
  };
  const buttons = choices.map((choice) => rankButton(q, choice, most, () => tap(choice)));
  const hint = h('p', { className: 'hint' }, q.t(most < choices.length ? 'rank_some' : 'rank_all', { n: most }));
  return h('div', { className: 'ranks' }, hint, ...buttons, status);
}

function rankButton(q, choice, most, press) {
  const place = h('span', { className: 'place-number' });
  const { words, sound } = shown(q, choice);
  const made = h('button', { type: 'button', className: choice.special ? 'rank special' : 'rank', click: press }, place, words);
  made.dataset.code = choice.name;
  q.onShow((answer) => {
    const codes = codesOf(answer);
    const at = codes.indexOf(choice.name);
    place.textContent = at < 0 ? '' : choice.special ? '✓' : q.app.ui.number(at + 1);
    made.setAttribute('aria-pressed', String(at >= 0));
    made.classList.toggle('full', at < 0 && !choice.special && codes.length >= most);
  });
  return sound ? h('div', { className: 'sounded' }, made, sound) : made;
}
