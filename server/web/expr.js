// Walks an expression as the server parsed it: numbers and texts stand for themselves, everything else is an array
// whose head tells what it is. Pure.

import { aggregates, lazy, plain } from './functions.js';
import { narrowed } from './tables.js';
import { Nodes, items, scalar, toBoolean, toNumber, toText } from './values.js';

/** @typedef {number | string | any[]} Expr */
/** @typedef {import('./scope.js').View} View */
/** @typedef {import('./values.js').Value} Value */

function equal(x, y) {
  if (typeof x === 'boolean' || typeof y === 'boolean') return toBoolean(x) === toBoolean(y);
  if (typeof x === 'number' || typeof y === 'number') return toNumber(x) === toNumber(y);
  return x === y;
}

const several = (value) => value instanceof Nodes && value.items.length > 1;

/** Where several values are compared it is enough that one of them does (XPath 1.0, section 3.4). */
const compare = (holds) => (a, b) => {
  if ((!several(a) && !several(b)) || typeof a === 'boolean' || typeof b === 'boolean') return holds(scalar(a), scalar(b));
  const [xs, ys] = [a, b].map((value) => (several(value) ? value.items : [scalar(value)]));
  return xs.some((x) => ys.some((y) => holds(x, y)));
};
const numbers = (compute) => (a, b) => compute(toNumber(a), toNumber(b));

const binary = {
  '=': compare(equal),
  '!=': compare((a, b) => !equal(a, b)),
  '<': compare((a, b) => toNumber(a) < toNumber(b)),
  '<=': compare((a, b) => toNumber(a) <= toNumber(b)),
  '>': compare((a, b) => toNumber(a) > toNumber(b)),
  '>=': compare((a, b) => toNumber(a) >= toNumber(b)),
  '+': numbers((a, b) => a + b),
  '-': numbers((a, b) => a - b),
  '*': numbers((a, b) => a * b),
  div: numbers((a, b) => a / b),
  mod: numbers((a, b) => a % b),
  '|': (a, b) => new Nodes([...items(a), ...items(b)]),
};

/**
 * What passes every predicate in turn; a number is a place among those left so far.
 * @template T
 * @param {T[]} list @param {Expr[]} predicates
 * @param {(item: T, position: number, last: number) => View} seen from where a predicate looks at one of them
 * @returns {T[]}
 */
function picked(list, predicates, seen) {
  return predicates.reduce((left, predicate) => left.filter((item, index) => {
    const value = scalar(evaluate(predicate, seen(item, index + 1, left.length)));
    return typeof value === 'number' ? value === index + 1 : toBoolean(value);
  }), list);
}

/** Rows of a list that pass every predicate. */
function lookup(id, predicates, column, view) {
  const list = view.filling.form.lists[id];
  const seen = (choice, position, last) => view.at(list, choice, position, last);
  const [first, ...others] = predicates;
  const fast = first === undefined ? null : narrowed(list, first, (expr) => evaluate(expr, view));
  const rows = fast
    ? picked(fast.rows.filter((row) => fast.rest.every((term) => holds(term, seen(row)))), others, seen)
    : picked(list.choices, predicates, seen);
  return new Nodes(rows.map((choice) => view.filling.cell(list, choice, column, view.home())));
}

/** The answers on a path: at each repeat on the way what is picked, or else the own instance, or else all. */
function path(target, picks, view) {
  const { filling } = view;
  const filters = (at) => picks.find((pick) => pick[0] === at)?.[1];
  const pick = (at, scopes) => picked(scopes, filters(at), (scope, ...place) => view.inside(at, scope, ...place));
  const scopes = filling.reach(target, view.scope, (repeat, scope) =>
    filters(repeat) && pick(repeat, scope.instances.get(repeat)));
  if (!filters(target)) return filling.answers(target, scopes);
  if (filling.form.nodes[target].kind === 'repeat') {
    const counted = scopes.filter((scope) => filling.isRelevant(target, scope));
    return new Nodes(counted.flatMap((scope) => pick(target, scope.instances.get(target))).map(() => ''));
  }
  // A step picks among the children of each parent, and there is one of the name in each.
  return filling.answers(target, scopes.flatMap((scope) => pick(target, [scope])));
}

/** Forms that don't simply take the values of their arguments; they get the whole expression. */
const special = {
  p: ([, target, picks], view) => path(target, picks, view),
  current: ([, expr], view) => evaluate(expr, view.home()),
  '.': (_, view) => view.own(),
  c: ([, column], view) => view.cell(column),
  i: ([, list, predicates, column], view) => lookup(list, predicates, column, view),
  neg: ([, a], view) => -toNumber(evaluate(a, view)),
  and: ([, a, b], view) => toBoolean(evaluate(a, view)) && toBoolean(evaluate(b, view)),
  or: ([, a, b], view) => toBoolean(evaluate(a, view)) || toBoolean(evaluate(b, view)),
};

/**
 * The value of an expression seen from a node in a scope.
 * @param {Expr} expr
 * @param {View} view
 * @returns {Value}
 */
export function evaluate(expr, view) {
  if (!Array.isArray(expr)) return expr;
  const head = expr[0];
  // Most of what there is to do, without lists made for it.
  if (head === '$') return view.answers(expr[1]);
  if (binary[head]) return binary[head](evaluate(expr[1], view), evaluate(expr[2], view));
  if (special[head]) return special[head](expr, view);
  const args = expr.slice(1);
  if (lazy[head]) return lazy[head](args, view, (arg) => evaluate(arg, view));
  const values = args.map((arg) => evaluate(arg, view));
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
