// Controls and helpers that only some forms need: modules of their own, loaded together before the first screen, so
// that whoever answers another form does not pay for them.

import { isFile } from './filling.js';
import { h } from './ui.js';

/** @typedef {import('./controls.js').Question} Question */
/** @typedef {{controls: ((q: Question) => HTMLElement | undefined)[], [helper: string]: any}} Extras a control that does
 * not answer for a question gives undefined */

/** Lists longer than this are searched. */
export const LONG = 30;

const LAYOUT = /^(table-list|list|list-nolabel|label|likert|horizontal|no-buttons|(quick)?compact|columns)(-|$)/;
const is = (...kinds) => ({ kind }) => kinds.includes(kind);
const looks = (pattern) => ({ appearance = [] }) => appearance.some((word) => pattern.test(word));
const isLong = ({ list }, { lists }) => list !== undefined && lists[list].choices.length > LONG;
const hasMedia = ({ media }) => media !== undefined;

/** What calls for a module, and the module. Of two that could draw a question the first does. */
const MODULES = [
  [looks(/^(draw|signature|annotate)$/), () => import('./controls-draw.js')],
  [is('audio'), () => import('./controls-record.js')],
  [isFile, () => import('./controls-file.js')],
  [is('geopoint', 'geotrace', 'geoshape'), () => import('./controls-place.js')],
  [is('barcode'), () => import('./controls-scan.js')],
  [(node, form) => looks(/^(minimal|autocomplete|search)/)(node) || isLong(node, form), () => import('./controls-pick.js')],
  [looks(LAYOUT), () => import('./controls-grid.js')],
  [({ kind, ...node }) => kind === 'range' || looks(/^(counter|bearing|thousands-sep|masked|url)$/)(node), () => import('./controls-number.js')],
  [(node) => node.kind === 'date' && node.appearance !== undefined, () => import('./controls-date.js')],
  [({ kind, repeat_count: count }) => kind === 'repeat' && count === undefined, () => import('./repeats.js')],
  [({ seed }) => seed !== undefined, () => import('./seeded.js')],
  [is('audit'), () => import('./audit.js')],
  [(node, form) => hasMedia(node) || form.lists.some(({ choices }) => choices.some(hasMedia)), () => import('./media.js')],
];

/** @param {any} form @returns {(() => Promise<any>)[]} loaders of what the form needs */
export const wantedBy = (form) =>
  MODULES.filter(([needs]) => form.nodes.some((node) => needs(node, form))).map(([, load]) => load);

/** @param {(() => Promise<any>)[]} wanted @returns {Promise<Extras>} */
export async function load(wanted) {
  const [modules] = await Promise.all([Promise.all(wanted.map((load) => load())), wanted.length ? look() : null]);
  return Object.assign({}, ...modules, { controls: modules.map(({ control }) => control).filter(Boolean) });
}

/** Their style sheet; without it they still work. */
function look() {
  if (document.getElementById('more')) return null;
  return new Promise((done) => {
    const href = new URL('./more.css', import.meta.url);
    document.head.append(h('link', { id: 'more', rel: 'stylesheet', href, load: () => done(), error: () => done() }));
  });
}
