// What the browser gives: the texts of the interface, numbers in a language, the clock, chance, and a short way to
// make elements.

const TRANSLATED = ['ar', 'en', 'es', 'fr', 'sw'];

/** @param {string} id @returns {any} the element */
export const $ = (id) => document.getElementById(id);

/** The interface in one language. */
export class Ui {
  #topics = new Map();

  constructor(tag, own) {
    this.texts = {};
    this.tag = tag;
    /** Language of the interface itself: English where it lacks the form's. */
    this.own = own;
  }

  /** @param {string} tag of the form's language @param {string[]} topics folders of `i18n`; `''` is what every screen needs
   * @param {Ui} [before] in the language before, whose topics are wanted again @returns {Promise<Ui>} */
  static async in(tag, topics, before) {
    const primary = tag.toLowerCase().split('-')[0];
    const ui = before?.tag === tag ? before : new Ui(tag, TRANSLATED.includes(primary) ? primary : 'en');
    const all = new Set([...topics, ...(before?.#topics.keys() ?? [])]);
    await Promise.all([...all].map((topic) => ui.more(topic)));
    return ui;
  }

  /** Adds the texts of rarer screens and controls. @param {string} topic a folder of `i18n` */
  async more(topic) {
    if (!this.#topics.has(topic)) this.#topics.set(topic, getJson(new URL(`./i18n/${topic && `${topic}/`}${this.own}.json`, import.meta.url)));
    try {
      Object.assign(this.texts, await this.#topics.get(topic));
    } catch (error) {
      this.#topics.delete(topic);
      throw error;
    }
  }

  /** @param {string} key of a text, or of its forms by plural category, which follows `n`
   * @param {Record<string, string | number>} [values] put in for {name} @returns {string} */
  t(key, values = {}) {
    const text = this.texts[key] ?? key;
    const form = typeof text === 'string' ? text : text[new Intl.PluralRules(this.own).select(values.n)] ?? text.other;
    return form.replace(/\{(\w+)\}/g, (whole, name) => {
      const value = values[name] ?? whole;
      return typeof value === 'number' ? this.number(value) : value;
    });
  }

  /** @param {number} n @returns {string} in the digits of the language */
  number(n) {
    try {
      return new Intl.NumberFormat(this.tag, { maximumFractionDigits: 6 }).format(n);
    } catch {
      return String(n);
    }
  }

  /** @param {string} iso a day, `YYYY-MM-DD` @returns {string} as the language writes it */
  date(iso) {
    try {
      return new Intl.DateTimeFormat(this.tag, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso));
    } catch {
      return iso;
    }
  }

  /** @param {number} moment @returns {string} the time, with the day where that is not today */
  time(moment) {
    const day = new Date(moment).toDateString() === new Date().toDateString() ? {} : { dateStyle: 'short' };
    try {
      return new Intl.DateTimeFormat(this.tag, { ...day, timeStyle: 'short' }).format(moment);
    } catch {
      return new Date(moment).toLocaleString();
    }
  }
}

/** Of a form's texts in a language: a form must never meet the texts of another, so its digest is in it.
 * @param {string} survey @param {number} index of the language @param {{hash: string}} form @returns {string} */
export const textsAddress = (survey, index, { hash }) => `/api/surveys/${encodeURIComponent(survey)}/texts/${index}?v=${hash.slice(0, 16)}`;

/** @param {string | URL} url @returns {Promise<any>} */
export async function getJson(url) {
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`${reply.status}`);
  return reply.json();
}

/**
 * An element. Properties that are functions become listeners, those with a dash or `role` become attributes, the rest
 * are set on the element; undefined ones are left out.
 * @param {string} tag @param {Record<string, any>} [properties] @param {...(Node | string | null | undefined)} children
 * @returns {any}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (name.includes('-') || name === 'role' || name === 'list') element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** @param {string} text @param {() => void} press @param {object} [properties] */
export function button(text, press, properties = {}) {
  return h('button', { type: 'button', click: press, ...properties }, text);
}

const pad = (n, width = 2) => String(n).padStart(width, '0');

/** @param {Date} [date] @returns {string} as the clock on the wall says, with its offset */
export function localIso(date = new Date()) {
  const minutes = -date.getTimezoneOffset();
  const offset = `${minutes < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
  const day = `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return `${day}T${time}.${pad(date.getMilliseconds(), 3)}${offset}`;
}

/** A random UUID. `randomUUID` is missing on plain http. @returns {string} */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => pad(byte.toString(16))).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** localStorage may be forbidden; then nothing is remembered. @param {string} key @param {string} [value] */
export function remembered(key, value) {
  try {
    if (value !== undefined) localStorage.setItem(key, value);
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
