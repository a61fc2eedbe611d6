// Controls of questions that are answered from a list: rows to choose from, a search over long lists, an order of
// preference.

import { arranged } from './pages.js';
import { button, h } from './ui.js';
import { isBlank, isPass } from './values.js';

/** @typedef {import('./controls.js').Question} Question */

const SEARCHED = 20;
const LONG = 200;
const MATCHES = 50;
const ROWS_AT_MOST = 7;

const codesOf = (answer) => (isBlank(answer) || isPass(answer) ? [] : [].concat(answer));
const folded = (text) => text.normalize('NFKD').replace(/[\u0300-\u036f\u064b-\u065f]/g, '').toLowerCase();

/** @param {Question} q @param {any} choice @returns {Node[] | string[]} */
const labelOf = (q, choice) => (choice.label === undefined ? [choice.name] : q.rich(choice.label));

const plainLabel = (q, choice) =>
  choice.label === undefined ? choice.name : q.filling.text(choice.label, q.item.node, q.item.scope);

/** What an answer becomes when a choice is added: a special one stands alone. */
function added(codes, choice, choices) {
  if (choice.special) return [choice.name];
  const special = new Set(choices.filter((other) => other.special).map((other) => other.name));
  return [...codes.filter((code) => !special.has(code)), choice.name];
}

/** select_one and select_multiple. @param {Question} q */
export function choose(q) {
  const choices = arranged(q.filling, q.item, q.app.seed);
  const one = q.node.kind === 'select_one';
  const compact = one && q.has('minimal') && choices.length > ROWS_AT_MOST && choices.length <= LONG;
  return compact ? dropdown(q, choices) : rows(q, choices, one);
}

function dropdown(q, choices) {
  const options = choices.map((choice) => h('option', { value: choice.name }, plainLabel(q, choice)));
  const select = h('select', q.wired(), h('option', { value: '' }, '–'), ...options);
  select.addEventListener('change', () => q.set(select.value));
  q.onShow((answer) => { select.value = isPass(answer) ? '' : answer ?? ''; });
  return select;
}

function rows(q, choices, one) {
  const boxes = new Map();
  // Stored in the order of the sheet, whatever order they were shown or ticked in.
  const sheet = q.filling.form.lists[q.node.list].choices.map(({ name }) => name);
  const pick = (choice, checked) => {
    const codes = codesOf(q.answer).filter((code) => code !== choice.name);
    if (one) return q.set(choice.name);
    const chosen = new Set(checked ? added(codes, choice, choices) : codes);
    return q.set(sheet.filter((name) => chosen.has(name)));
  };
  const row = (choice) => {
    const box = h('input', { type: one ? 'radio' : 'checkbox', name: q.id, value: choice.name });
    box.addEventListener('change', () => pick(choice, box.checked));
    boxes.set(choice.name, box);
    box.checked = codesOf(q.answer).includes(choice.name);
    return h('label', { className: choice.special ? 'choice special' : 'choice' }, box, h('span', {}, ...labelOf(q, choice)));
  };
  const list = choices.length > SEARCHED ? searched(q, choices, row, boxes) : choices.map(row);
  q.onShow((answer) => {
    const codes = codesOf(answer);
    boxes.forEach((box, code) => { box.checked = codes.includes(code); });
  });
  return h('div', { className: one ? 'choices one' : 'choices' }, ...list);
}

/** A search box over the rows. A list too long to lay out shows the chosen ones and the first matches only. */
function searched(q, choices, row, boxes) {
  const haystack = choices.map((choice) => folded(plainLabel(q, choice)));
  const list = h('div');
  const status = h('p', { role: 'status', className: 'hint' });
  const fill = (wanted) => {
    const chosen = codesOf(q.answer);
    const matching = choices.filter((_, index) => haystack[index].includes(wanted));
    const most = choices.length > LONG ? MATCHES : choices.length;
    const first = matching.slice(0, most);
    const kept = choices.filter((choice) => chosen.includes(choice.name) && !first.includes(choice));
    boxes.clear();
    list.replaceChildren(...[...kept, ...first].map(row));
    status.textContent = matching.length > first.length || wanted
      ? q.t('matches', { n: first.length, total: matching.length }) : '';
  };
  const search = h('input', { type: 'search', className: 'search', autocomplete: 'off', placeholder: q.t('search'), 'aria-label': q.t('search') });
  search.addEventListener('input', () => fill(folded(search.value.trim())));
  search.addEventListener('keydown', (event) => { if (event.key === 'Enter') event.preventDefault(); });
  fill('');
  return [search, status, list];
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
  const made = h('button', { type: 'button', className: choice.special ? 'rank special' : 'rank', click: press },
    place, h('span', {}, ...labelOf(q, choice)));
  made.dataset.code = choice.name;
  q.onShow((answer) => {
    const codes = codesOf(answer);
    const at = codes.indexOf(choice.name);
    place.textContent = at < 0 ? '' : choice.special ? '✓' : q.app.ui.number(at + 1);
    made.setAttribute('aria-pressed', String(at >= 0));
    made.classList.toggle('full', at < 0 && !choice.special && codes.length >= most);
  });
  return made;
}
