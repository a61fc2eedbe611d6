// Hides everything at once when someone comes near: a blank page in the same moment, a calculator as soon as that has
// been loaded. It stays hidden after a reload: see early.js.

import { $, remembered } from './ui.js';

const HIDDEN = 'baraza-hidden';
const KNOWN = 'baraza-hide-known';
const SOON = 1500;
const HOLD = 1000;

/** @typedef {(digits: string) => Promise<boolean>} Guard whether digits typed into the calculator open the page */

const cover = { title: '', decoy: null, guard: null, how: '' };

/** @returns {boolean} */
export const isHidden = () => 'hidden' in document.documentElement.dataset;

/** Names the page, now or when it comes back. @param {string} title */
export function titled(title) {
  cover.title = title;
  if (!isHidden()) document.title = title;
}

/** Listens to what hides, and goes on hiding where the page was hidden before it was loaded again. */
export function listenToHide() {
  $('hide').addEventListener('click', hide);
  addEventListener('keydown', (event) => { if (event.key === 'Escape' && isHidden()) leave(); });
  // Without the calculator there is nothing to press but the page.
  whenHeld($('cover'), () => { if (!cover.decoy) leave(); });
  $('cover').addEventListener('click', () => { if (!cover.decoy) disguise(); });
  if (isHidden()) disguise();
  else setTimeout(prepare, SOON);
}

/** Says on the first screen what hiding does and how to come back, until it was done once. Nothing is said while it
 * is being hidden: that has to be instant. @param {boolean} first @param {import('./ui.js').Ui} ui */
export function tellHow(first, ui) {
  if ($('hint').dataset.news) return;
  $('hint').textContent = cover.how || ui.t('hide_how');
  $('hint').hidden = !first || remembered(KNOWN) !== null;
}

/** From now on the page comes back only to who knows the PIN. @param {Guard | null} guard @param {string} how */
export function guardedBy(guard, how) {
  cover.guard = guard;
  cover.how = how;
}

/** Hides the survey. */
export function hide() {
  if (isHidden()) return;
  document.documentElement.dataset.hidden = '';
  document.title = '…';
  keep($('tools').lang || 'en');
  // Closes what the browser has opened over the page: lists, calendars, the keyboard.
  document.activeElement?.blur();
  for (const film of document.querySelectorAll('audio, video')) film.pause();
  // Sounds that are no part of the page, recordings and the PIN listen to this.
  dispatchEvent(new Event('baraza-hide'));
  disguise();
}

function keep(language) {
  try {
    if (language) sessionStorage.setItem(HIDDEN, language);
    else sessionStorage.removeItem(HIDDEN);
  } catch { /* hidden until the next reload, then */ }
}

function back() {
  if (!isHidden()) return;
  delete document.documentElement.dataset.hidden;
  keep('');
  document.title = cover.title || $('title').textContent;
  cover.decoy?.end();
  cover.decoy = null;
  dispatchEvent(new Event('baraza-back'));
  $('hide').focus();
}

/** The ways back that need no PIN. With one only the PIN helps, as long as there is something to type it into. */
function leave() {
  if (cover.guard && cover.decoy) return;
  const first = remembered(KNOWN) === null;
  const { decoy } = cover;
  back();
  if (!first) return;
  remembered(KNOWN, 'yes');
  decoy?.explain($('hint'));
}

/** @param {HTMLElement} element @param {() => void} done once it has been pressed for a second */
function whenHeld(element, done) {
  let timer = null;
  element.addEventListener('pointerdown', () => { timer = setTimeout(done, HOLD); });
  for (const end of ['pointerup', 'pointercancel', 'pointerleave']) element.addEventListener(end, () => clearTimeout(timer));
}

/** Loads the calculator ahead: it has to be there without a network as well. */
async function prepare() {
  const decoy = await import('./decoy.js').catch(() => null);
  await decoy?.prepare($('tools').lang || 'en').catch(() => {});
  decoy?.watch(hide);
}

async function disguise() {
  let language = 'en';
  try {
    language = sessionStorage.getItem(HIDDEN) ?? $('tools').lang;
  } catch { /* see keep */ }
  const decoy = await import('./decoy.js').catch(() => null);
  decoy?.watch(hide);
  const does = { whenHeld, leave, entered: async (digits) => { if (await cover.guard?.(digits)) back(); } };
  const made = await decoy?.calculator(language, does).catch(() => null);
  if (made && isHidden() && !cover.decoy) {
    cover.decoy = made;
    made.begin($('cover'));
  }
}
