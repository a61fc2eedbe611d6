// Who is signed in on this phone, as far as the phone knows without a connection.

import { h, remembered } from './ui.js';

const SIGNED_IN = 'baraza-enumerator';
const SEEN = 'baraza-field';
const LANGUAGE = 'baraza-language';
/** Languages of the interface, each in its own words. */
const LANGUAGES = { ar: 'العربية', en: 'English', es: 'Español', fr: 'Français', sw: 'Kiswahili' };

const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const forget = (key) => {
  try {
    localStorage.removeItem(key);
  } catch {
    // Then nothing was remembered.
  }
};

/** @returns {{id: string, name: string} | null} */
export const signedIn = () => parsed(remembered(SIGNED_IN));

/** @param {{id: string, name: string}} enumerator who has just signed in */
export function signIn(enumerator) {
  if (signedIn()?.id !== enumerator.id) forget(SEEN);
  remembered(SIGNED_IN, JSON.stringify(enumerator));
}

/** Forgets who was signed in; drafts and the outbox stay. */
export function signOut() {
  forget(SIGNED_IN);
  forget(SEEN);
}

/** @returns {{at: number, answer: any} | null} the last answer of the server, with its time */
export const lastSeen = () => parsed(remembered(SEEN));

/** @param {any} answer of `GET /api/field` */
export const seeNow = (answer) => remembered(SEEN, JSON.stringify({ at: Date.now(), answer }));

/** @returns {string} language of the interface: the one chosen, else one the phone is set to, else English */
export function ownLanguage() {
  const wishes = [remembered(LANGUAGE), ...navigator.languages].map((tag) => tag?.toLowerCase().split('-')[0]);
  return wishes.find((tag) => tag in LANGUAGES) ?? 'en';
}

/** Offers the languages of the interface. @param {import('./ui.js').Ui} ui @param {(tag: string) => void} choose */
export function offerLanguages(ui, choose) {
  document.documentElement.lang = ui.own;
  document.documentElement.dir = ui.own === 'ar' ? 'rtl' : 'ltr';
  const select = document.getElementById('language');
  select.setAttribute('aria-label', ui.t('language'));
  select.replaceChildren(...Object.entries(LANGUAGES).map(([tag, name]) =>
    h('option', { value: tag, lang: tag, selected: tag === ui.own }, name)));
  select.hidden = false;
  select.onchange = () => {
    remembered(LANGUAGE, select.value);
    choose(select.value);
  };
}

/** A place to put a link or its last part in, for whoever can't scan.
 * @param {import('./ui.js').Ui} ui @param {(token: string) => void} take */
export function linkField(ui, take) {
  const input = h('input', { id: 'link', type: 'text', dir: 'ltr', autocomplete: 'off', autocapitalize: 'none', spellcheck: false });
  const submit = (event) => {
    event.preventDefault();
    const token = input.value.trim().split('#').pop();
    if (token) take(token);
    else input.focus();
  };
  return h('form', { className: 'link', submit },
    h('label', { htmlFor: 'link' }, ui.t('enter_link')), input,
    h('button', { type: 'submit', className: 'big' }, ui.t('sign_in')));
}
