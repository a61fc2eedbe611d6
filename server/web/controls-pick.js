// Long lists: a search over thousands of choices that lays out a few, and lists that open when they are wanted.

import { codesOf, plainLabel, rows } from './controls-choice.js';
import { LONG } from './extras.js';
import { arranged } from './pages.js';
import { h } from './ui.js';

/** @typedef {import('./controls.js').Question} Question */

/** At most so many choices are laid out at once. */
const MATCHES = 50;
/** A native list longer than this is no longer quick to open, nor to find something in. */
const NATIVE = 200;

const MARKS = /[\u0300-\u036f\u0640\u064b-\u065f\u0670]/g;
const ALIKE = { '\u0629': '\u0647', '\u0649': '\u064a', '\u0131': 'i', '\u00df': 'ss', '\u00f8': 'o', '\u0142': 'l', '\u0111': 'd' };

/** As people search: without accents, vowel signs and capitals. @param {string} text @returns {string} */
export const folded = (text) =>
  text.normalize('NFKD').replace(MARKS, '').toLowerCase().replace(/[\u0629\u0649\u0131\u00df\u00f8\u0142\u0111]/g, (c) => ALIKE[c]);

/** Positions of texts that hold all words, those with words that begin so first.
 * @param {string[]} texts folded @param {string} wanted @returns {number[]} */
export function matches(texts, wanted) {
  const words = folded(wanted).split(/\s+/).filter(Boolean);
  const [begin, hold] = [[], []];
  texts.forEach((text, index) => {
    if (!words.every((word) => text.includes(word))) return;
    const begins = words.every((word) => text.startsWith(word) || text.includes(` ${word}`));
    (begins ? begin : hold).push(index);
  });
  return [...begin, ...hold];
}

function native(q, choices) {
  const options = choices.map((choice) => h('option', { value: choice.name }, plainLabel(q, choice)));
  const select = h('select', q.wired(), h('option', { value: '' }, '–'), ...options);
  select.addEventListener('change', () => q.set(select.value));
  q.onShow((answer) => { select.value = codesOf(answer)[0] ?? ''; });
  return select;
}

/** The rows to choose from, under what was chosen. @param {Question} q */
function folding(q, choices) {
  const summary = h('summary');
  q.onShow((answer) => {
    const codes = codesOf(answer);
    const chosen = choices.filter(({ name }) => codes.includes(name)).map((choice) => plainLabel(q, choice));
    summary.textContent = chosen.join(' · ') || q.t('choose');
  });
  return h('div', { className: 'choices' }, h('details', { className: 'folding' }, summary, ...choices.map(rows(q, choices))));
}

function searched(q, choices) {
  const row = rows(q, choices);
  let texts = null;
  const list = h('div');
  const status = h('p', { role: 'status', className: 'hint' });
  const fill = (wanted) => {
    const codes = codesOf(q.answer);
    const chosen = choices.filter(({ name }) => codes.includes(name));
    if (wanted) texts ??= choices.map((choice) => folded(plainLabel(q, choice)));
    const found = wanted ? matches(texts, wanted).map((index) => choices[index]) : choices.length > MATCHES ? [] : choices;
    const first = found.filter((choice) => !chosen.includes(choice)).slice(0, MATCHES);
    // The order of the sheet stays as long as all of it is there.
    const all = !wanted && choices.length <= MATCHES;
    list.replaceChildren(...(all ? choices : [...chosen, ...first]).map(row));
    status.textContent = all ? '' : wanted ? q.t('matches', { n: Math.min(found.length, MATCHES), total: found.length })
      : q.t('search_first', { n: choices.length });
  };
  const search = h('input', { type: 'search', className: 'search', autocomplete: 'off', placeholder: q.t('search'), 'aria-label': q.t('search') });
  search.addEventListener('input', () => fill(search.value.trim()));
  search.addEventListener('keydown', (event) => { if (event.key === 'Enter') event.preventDefault(); });
  fill('');
  return h('div', { className: q.node.kind === 'select_one' ? 'choices one' : 'choices' }, search, status, list);
}

/** @param {Question} q @returns {HTMLElement | undefined} */
export function control(q) {
  const one = q.node.kind === 'select_one';
  if (q.locked || !(one || q.node.kind === 'select_multiple')) return undefined;
  const wanted = q.node.appearance?.some((word) => /^(autocomplete|search)/.test(word));
  const choices = arranged(q.filling, q.item, q.app.seed);
  if (!wanted && q.has('minimal') && choices.length <= NATIVE) {
    const plain = one && !choices.some(({ media }) => media);
    return plain ? native(q, choices) : folding(q, choices);
  }
  return wanted || choices.length > LONG ? searched(q, choices) : undefined;
}
