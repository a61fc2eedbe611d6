// The calculator that stands in for the survey. It works, so that whoever looks finds nothing else.

import { Calculator } from './calculator.js';
import { Shake } from './shake.js';
import { $, Ui, button, h } from './ui.js';

const ROWS = ['C⌫÷', '789×', '456−', '123+', '0.='];
const NAMES = { C: 'key_clear', '⌫': 'key_delete', '÷': 'key_divide', '×': 'key_times', '−': 'key_minus', '+': 'key_plus', '=': 'key_equals' };
const TYPED = { '/': '÷', '*': '×', x: '×', '-': '−', Enter: '=', Backspace: '⌫', Delete: 'C', c: 'C', ',': '.' };
const TIMES = 3;

const loaded = new Map();
const page = { watching: false, feels: false };

/** Loads what the calculator needs. @param {string} language @returns {Promise<Ui>} */
export function prepare(language) {
  if (!loaded.has(language)) loaded.set(language, load(language));
  const ui = loaded.get(language);
  ui.catch(() => loaded.delete(language));
  return ui;
}

async function load(language) {
  const [ui] = await Promise.all([Ui.in(language, ['hide']), look()]);
  return ui;
}

function look() {
  if ($('decoy-look')) return null;
  return new Promise((done) => {
    const href = new URL('./decoy.css', import.meta.url);
    document.head.append(h('link', { id: 'decoy-look', rel: 'stylesheet', href, load: () => done(), error: () => done() }));
  });
}

/** Hides when the phone is shaken. An iPhone tells nothing before it was asked: see `explain`. @param {() => void} hide */
export function watch(hide) {
  if (page.watching) return;
  page.watching = true;
  const shake = new Shake();
  addEventListener('devicemotion', ({ acceleration, accelerationIncludingGravity: whole, timeStamp }) => {
    const bare = acceleration?.x !== null && acceleration?.x !== undefined;
    const felt = bare ? acceleration : whole;
    if (!felt || felt.x === null) return;
    page.feels = true;
    if (shake.feel(timeStamp, felt, !bare)) hide();
  });
}

/** Ten digits and the decimal sign as the language writes them. */
function writing(tag) {
  try {
    const format = new Intl.NumberFormat(tag, { useGrouping: false });
    const point = format.formatToParts(1.5).find(({ type }) => type === 'decimal').value;
    return (text) => text.replace(/\d/g, (digit) => format.format(Number(digit))).replace('.', point).replace('-', '−');
  } catch {
    return (text) => text;
  }
}

/** @param {string} language @param {{whenHeld: Function, leave: () => void, entered: (digits: string) => void}} does
 * @returns {Promise<{begin: (host: HTMLElement) => void, end: () => void, explain: (hint: HTMLElement) => void}>} */
export async function calculator(language, does) {
  const ui = await prepare(language);
  const state = new Calculator();
  const write = writing(language);
  const display = h('output', { className: 'display', tabIndex: -1, 'aria-label': ui.t('calculator') });
  const show = () => { display.textContent = state.shown === null ? ui.t('calculator_error') : write(state.shown); };
  const press = (key) => {
    const digits = state.press(key);
    show();
    if (digits) does.entered(digits);
    if (state.idle === TIMES) does.leave();
  };
  const key = (name) => {
    const made = button(/[\d.]/.test(name) ? write(name) : name, () => press(name), { 'aria-label': NAMES[name] && ui.t(NAMES[name]) });
    made.dataset.key = name;
    if (name === '=') does.whenHeld(made, does.leave);
    return made;
  };
  const keys = h('div', { className: 'keys', contextmenu: (event) => event.preventDefault() }, ...ROWS.flatMap((row) => [...row].map(key)));
  const typed = (event) => {
    // A button that has the focus is pressed by Enter itself.
    if (event.ctrlKey || event.altKey || event.metaKey || (event.key === 'Enter' && event.target.localName === 'button')) return;
    const name = TYPED[event.key] ?? event.key;
    if (!keys.querySelector(`[data-key="${CSS.escape(name)}"]`)) return;
    event.preventDefault();
    press(name);
  };
  show();
  return {
    begin: (host) => begin(host, ui, [display, keys], typed),
    end: () => end(typed),
    explain: (hint) => explain(hint, ui),
  };
}

function begin(host, ui, parts, typed) {
  document.title = ui.t('calculator');
  host.lang = ui.own;
  host.setAttribute('aria-label', ui.t('calculator'));
  host.replaceChildren(...parts);
  dressed(new URL('./decoy.svg', import.meta.url).href, '#ffffff');
  addEventListener('keydown', typed);
  parts[0].focus();
}

function end(typed) {
  removeEventListener('keydown', typed);
  dressed();
  $('cover').replaceChildren();
}

/** The icon and the colour that the browser shows around the page. Without arguments as they were. */
function dressed(icon, colour) {
  for (const [selector, name, value] of [['link[rel=icon]', 'href', icon], ['meta[name=theme-color]', 'content', colour]]) {
    const element = document.querySelector(selector);
    if (!element) continue;
    element.dataset.before ??= element.getAttribute(name);
    element.setAttribute(name, value ?? element.dataset.before);
  }
}

/** Said once, after coming back for the first time: then it is safe to read, and to be asked. An iPhone's question
 * whether the page may feel its movements would betray the page if it came while hiding. */
function explain(hint, ui) {
  const done = () => {
    delete hint.dataset.news;
    hint.hidden = true;
    $('hide').focus();
  };
  const asks = !page.feels && navigator.maxTouchPoints > 0 && window.DeviceMotionEvent?.requestPermission;
  const allow = async () => {
    await DeviceMotionEvent.requestPermission().catch(() => null);
    done();
  };
  hint.dataset.news = 'yes';
  hint.lang = ui.own;
  hint.replaceChildren(
    ui.t(page.feels ? 'hide_known_shake' : 'hide_known'), h('br'),
    ...(asks ? [button(ui.t('shake_allow'), allow)] : []),
    button(ui.t('hide_understood'), done, { id: 'understood' }),
  );
  hint.hidden = false;
}
