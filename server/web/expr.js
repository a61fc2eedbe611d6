// Walks an expression as the server parsed it: numbers and texts stand for themselves, everything else is an array
// whose head tells what it is. Pure.

import { aggregates, lazy, plain } from './functions.js';
import { Nodes, items, scalar, toBoolean, toNumber, toText } from './values.js';

/** @typedef {number | string | any[]} Expr */
/** @typedef {import('./scope.js').View} View */

function equal(a, b) {
  const [x, y] = [scalar(a), scalar(b)];
  if (typeof x === 'boolean' || typeof y === 'boolean') return toBoolean(x) === toBoolean(y);
  if (typeof x === 'number' || typeof y === 'number') return toNumber(x) === toNumber(y);
  return x === y;
}

const numbers = (compute) => (a, b) => compute(toNumber(a), toNumber(b));

const binary = {
  '=': equal,
  '!=': (a, b) => !equal(a, b),
  '<': numbers((a, b) => a < b),
  '<=': numbers((a, b) => a <= b),
  '>': numbers((a, b) => a > b),
  '>=': numbers((a, b) => a >= b),
  '+': numbers((a, b) => a + b),
  '-': numbers((a, b) => a - b),
  '*': numbers((a, b) => a * b),
  div: numbers((a, b) => a / b),
  mod: numbers((a, b) => a % b),
  '|': (a, b) => new Nodes([...items(a), ...items(b)]),
};

/** Rows of a list that pass every predicate; a number is a position among the rows left so far. */
function lookup(list, predicates, column, view) {
  let rows = view.rows(list);
  for (const predicate of predicates) {
    rows = rows.filter((row, index) => {
      const value = scalar(evaluate(predicate, view.at(row)));
      return typeof value === 'number' ? value === index + 1 : toBoolean(value);
    });
  }
  return new Nodes(rows.map((row) => view.at(row).cell(column)));
}

/** Forms that don't simply take the values of their arguments. */
const special = {
  $: ([target], view) => view.answers(target),
  '.': (_, view) => view.own(),
  c: ([column], view) => view.cell(column),
  i: ([list, predicates, column], view) => lookup(list, predicates, column, view),
  neg: ([a], view) => -toNumber(evaluate(a, view)),
  and: ([a, b], view) => toBoolean(evaluate(a, view)) && toBoolean(evaluate(b, view)),
  or: ([a, b], view) => toBoolean(evaluate(a, view)) || toBoolean(evaluate(b, view)),
};

/**
 * The value of an expression seen from a node in a scope.
 * @param {Expr} expr
 * @param {View} view
 * @returns {import('./values.js').Value}
 */
export function evaluate(expr, view) {
  if (!Array.isArray(expr)) return expr;
  const [head, ...args] = expr;
  if (special[head]) return special[head](args, view);
  if (lazy[head]) return lazy[head](args, view, (arg) => evaluate(arg, view));
  const values = args.map((arg) => evaluate(arg, view));
  if (binary[head]) return binary[head](values[0], values[1]);
  if (aggregates[head]) return aggregates[head](...values);
  if (plain[head]) return plain[head](...values.map(scalar));
  throw new Error(`unknown function ${head}`);
}

/** @param {Expr} expr @param {View} view @returns {boolean} */
export const holds = (expr, view) => toBoolean(evaluate(expr, view));

/** A computed value as it is stored: not a number is blank. @param {Expr} expr @param {View} view */
export function computed(expr, view) {
  const value = scalar(evaluate(expr, view));
  return Number.isNaN(value) ? '' : toText(value);
}
