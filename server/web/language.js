// Which language the form is in, and what is written around the screen.

import { $, h, remembered } from './ui.js';

const LANGUAGE = 'baraza-language';
const WRITTEN = ['back', 'next', 'send', 'hide', 'show'];
const IN_OWN = ['tools', 'bar', 'status', 'cover'];

/** @typedef {{tag: string, name: string, rtl?: boolean}} Language */

/** Position of the language to begin in: the link's, the one chosen before, one the phone is set to, the first.
 * @param {Language[]} languages @returns {number} */
export function firstLanguage(languages) {
  const find = (wanted) => languages.findIndex(({ tag, name }) => wanted && (tag === wanted || name === wanted));
  const primary = (wanted) => languages.findIndex(({ tag }) => tag.split('-')[0] === wanted.split('-')[0]);
  const wishes = [new URLSearchParams(location.search).get('lang'), remembered(LANGUAGE)].map(find);
  return [...wishes, ...navigator.languages.flatMap((tag) => [find(tag), primary(tag)]), 0].find((index) => index >= 0);
}

/** @param {string} tag of the language that was chosen, for the next time */
export function remember(tag) {
  remembered(LANGUAGE, tag);
  // A link that names a language would win again after a reload.
  const url = new URL(location.href);
  if (!url.searchParams.has('lang')) return;
  url.searchParams.set('lang', tag);
  history.replaceState(history.state, '', url);
}

/** Everything around the screen that is written in the language.
 * @param {import('./ui.js').Ui} ui @param {Language[]} languages @param {number} chosen */
export function frame(ui, languages, chosen) {
  const { tag, rtl } = languages[chosen];
  document.documentElement.lang = tag === 'und' ? '' : tag;
  document.documentElement.dir = rtl ? 'rtl' : 'ltr';
  for (const id of WRITTEN) $(id).textContent = ui.t(id);
  for (const id of IN_OWN) $(id).lang = ui.own;
  $('progress').setAttribute('aria-label', ui.t('progress_label'));
  const select = $('language');
  select.setAttribute('aria-label', ui.t('language'));
  select.hidden = languages.length < 2;
  select.replaceChildren(...languages.map(({ name, tag: own }, index) =>
    h('option', { value: index, lang: own === 'und' ? '' : own, selected: index === chosen }, name.replace(/\s*\([^)]*\)$/, ''))));
}
