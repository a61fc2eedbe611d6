// Choices beside each other: rows of a matrix that share their columns, a scale, choices in columns, pictures as tiles.

import { boxes, choose, plainLabel, shown } from './controls-choice.js';
import { arranged } from './pages.js';
import { h } from './ui.js';

/** @typedef {import('./controls.js').Question} Question */

/** Print in pixels: as large as the longest word allows, down to where it is no longer read in sunlight. */
const PRINT = 15.75;
const SMALLEST = 12;
/** More columns than these are too near to each other for a thumb; up to so many there is no need to look. */
const MOST = 6;
const FEW = 3;
/** Width of a page at most, of its margins, and of a cell's edges, in pixels. */
const PAGE = 720;
const MARGINS = 40;
const EDGES = 4;
/** Part of a wide page that the columns of a matrix have. */
const MATRIX = 0.57;
const GO_ON_AFTER = 250;
const COLUMNS = /^(?:quick)?(?:columns|compact)(?:-(\d+))?$/;

const isSelect = ({ kind }) => kind === 'select_one' || kind === 'select_multiple';
const inTable = (form, { parent }) => form.nodes[parent]?.appearance?.includes('table-list') ?? false;
const isRow = (form, node) =>
  isSelect(node) && (inTable(form, node) || ['list', 'list-nolabel', 'label'].some((word) => node.appearance?.includes(word)));

/** Whether the question before it in its group has the same columns, so that a wide screen shows them once. */
function goesOn({ node, form }) {
  const siblings = form.nodes.filter(({ parent }) => parent === node.parent);
  const before = siblings[siblings.indexOf(node) - 1];
  return before !== undefined && isRow(form, before) && before.list === node.list;
}

function spread(element, count) {
  element.style.setProperty('--n', count);
  return element;
}

/** Width of the widest word, for each pixel of print. */
function widest(labels) {
  const context = h('canvas').getContext('2d');
  context.font = `100px ${getComputedStyle(document.body).fontFamily}`;
  const words = labels.flatMap((label) => label.split(/\s+/));
  return Math.max(...words.map((word) => context.measureText(word).width)) / 100;
}

/** Side by side in print that lets their words stay whole, else in several lines. @param {string[]} labels */
function columns(element, labels, part = 1) {
  const page = Math.min(document.documentElement.clientWidth, PAGE) - MARGINS;
  const room = (page < PAGE - MARGINS ? page : page * part) / labels.length - EDGES;
  const print = Math.min(PRINT, room / (widest(labels) || 1));
  if (print < SMALLEST || (labels.length > MOST && page < PAGE - MARGINS)) element.classList.add('many');
  else element.style.setProperty('--print', `${print}px`);
  return spread(element, labels.length);
}

/** A cell for each choice, its label under it. @param {Question} q @param {number} [part] of the page's width */
function cells(q, part) {
  const choices = arranged(q.filling, q.item, q.app.seed);
  const box = boxes(q, choices);
  const made = choices.map((choice) => {
    const { words, sound } = shown(q, choice);
    const cell = h('label', { className: 'cell' }, box(choice), words);
    return sound ? h('div', { className: 'sounded' }, cell, sound) : cell;
  });
  const one = q.node.kind === 'select_one' ? 'one' : '';
  const labels = choices.map((choice) => plainLabel(q, choice));
  return columns(h('div', { className: `cells ${one}` }, ...made), labels, part);
}

/** The names of the columns, over questions that don't show them themselves on a wide screen. */
function header(q) {
  const choices = arranged(q.filling, q.item, q.app.seed);
  const names = choices.map((choice) => h('span', { className: 'cell' }, shown(q, choice).words));
  // What the cells below say each for themselves.
  const made = spread(h('div', { className: 'cells names', 'aria-hidden': 'true' }, ...names), choices.length);
  made.dataset.row = 'row';
  return made;
}

function row(q) {
  const made = cells(q, MATRIX);
  made.dataset.row = goesOn(q) ? 'row again' : 'row';
  return made;
}

/** Goes on by itself after a tap. Arrow keys only move along the choices, and a page of several questions stays. */
function quick(q, list) {
  list.addEventListener('click', ({ detail, target }) => {
    if (!detail || !target.closest('.choice, .cell')) return;
    setTimeout(() => { if (list.isConnected && q.answer !== undefined) q.app.goOn(); }, GO_ON_AFTER);
  });
}

function laidOut(q) {
  const list = choose(q);
  const words = q.node.appearance ?? [];
  const columns = words.map((word) => COLUMNS.exec(word)).find(Boolean);
  const count = Number(columns?.[1]);
  if (words.some((word) => word.startsWith('columns-pack'))) list.classList.add('pack');
  else if (count) spread(list, count).classList.add('columns', ...(count > FEW ? ['many'] : []));
  else if (columns) list.classList.add('columns', 'auto');
  else if (words.some((word) => word.startsWith('horizontal'))) list.classList.add('pack');
  if (words.some((word) => /^no-buttons$|compact/.test(word))) list.classList.add('tiles');
  return list;
}

/** @param {Question} q @returns {HTMLElement | undefined} */
export function control(q) {
  if (!isSelect(q.node) || q.locked) return undefined;
  // A question that must be answered is more than the header of its columns.
  if (q.has('label') && !q.required) return header(q);
  const made = isRow(q.form, q.node) ? row(q) : q.has('likert') ? cells(q) : laidOut(q);
  if (q.node.kind === 'select_one' && q.node.appearance?.some((word) => word.startsWith('quick'))) quick(q, made);
  return made;
}
