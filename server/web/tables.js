// Rows of long lists, found by a cell without looking at each: `region = ${region}` of a cascade, pulldata(). Pure.

import { isVolatile } from './functions.js';
import { items, scalar, toNumber } from './values.js';

/** @typedef {import('./values.js').Value} Value */
/** @typedef {{column: string, value: any, rest: any[]}} Key a term that says what a cell is equal to, and the other terms */

const keysOf = new WeakMap();
const indexes = new WeakMap();

const terms = (expr) => (Array.isArray(expr) && expr[0] === 'and' ? expr.slice(1).flatMap(terms) : [expr]);

/** Whether an expression is the same for every row; what is in further brackets looks at something else. */
function isFixed(expr) {
  if (!Array.isArray(expr) || expr[0] === 'i' || expr[0] === 'p' || expr[0] === 'current') return true;
  return expr[0] !== 'c' && !isPlace(expr) && expr.every(isFixed);
}

const isCell = (expr) => Array.isArray(expr) && expr[0] === 'c';

const isPlace = ([head, argument]) => head === 'last' || (head === 'position' && argument === undefined);

const findsPlace = (expr) => Array.isArray(expr) && expr[0] !== 'i' && expr[0] !== 'p' && expr[0] !== 'current'
  && (isPlace(expr) || expr.some(findsPlace));

/** @param {any} filter @returns {Key[]} the terms of a filter that an index can answer */
function keys(filter) {
  if (!Array.isArray(filter)) return [];
  if (!keysOf.has(filter)) {
    const all = findsPlace(filter) || isVolatile(filter) ? [] : terms(filter);
    keysOf.set(filter, all.flatMap((term) => {
      if (!Array.isArray(term) || term[0] !== '=') return [];
      const [cell, value] = isCell(term[1]) ? [term[1], term[2]] : [term[2], term[1]];
      // Labels change with the language.
      if (!isCell(cell) || cell[1] === 'label' || !isFixed(value)) return [];
      return [{ column: cell[1], value, rest: all.filter((other) => other !== term) }];
    }));
  }
  return keysOf.get(filter);
}

/** @param {any} list @param {any} choice a row of it @param {string} column @returns {string} */
export function cellOf(list, choice, column) {
  if (column === 'name') return choice.name;
  return choice.cells?.[list.columns?.indexOf(column) ?? -1] ?? '';
}

/** Rows by what is in a column, as texts or as numbers. @returns {Map<string | number, any[]>} */
function indexOf(list, column, asNumbers) {
  if (!indexes.has(list)) indexes.set(list, new Map());
  const known = indexes.get(list);
  const name = `${asNumbers} ${column}`;
  if (!known.has(name)) {
    const rows = new Map();
    for (const choice of list.choices) {
      const text = cellOf(list, choice, column);
      const key = asNumbers ? toNumber(text) : text;
      if (rows.has(key)) rows.get(key).push(choice);
      else rows.set(key, [choice]);
    }
    // What is not a number is equal to nothing.
    rows.delete(NaN);
    known.set(name, rows);
  }
  return known.get(name);
}

/** @param {any} list @param {string} code @returns {any} the first row of that name */
export const named = (list, code) => indexOf(list, 'name', false).get(code)?.[0];

/**
 * The rows that can pass a filter and the terms still to be asked of each; null where each has to be asked all.
 * @param {any} list @param {any} filter @param {(expr: any) => Value} evaluate outside of any row
 * @returns {{rows: any[], rest: any[]} | null}
 */
export function narrowed(list, filter, evaluate) {
  let best = null;
  for (const { column, value, rest } of keys(filter)) {
    const given = evaluate(value);
    const wanted = scalar(given);
    // One of several values is enough, and the index knows one.
    if (typeof wanted === 'boolean' || items(given).length > 1) continue;
    const rows = indexOf(list, column, typeof wanted === 'number').get(wanted) ?? [];
    if (!best || rows.length < best.rows.length) best = { rows, rest };
  }
  return best;
}
