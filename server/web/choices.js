// The choices of a question: rows of its list, or the answers given to another question. Pure.

import { evaluate, holds } from './expr.js';
import { View } from './scope.js';
import { narrowed, named } from './tables.js';
import { isOpen, toText } from './values.js';

/** @typedef {import('./filling.js').Filling} Filling */
/** @typedef {import('./scope.js').Scope} Scope */
/** @typedef {{name: string, label?: number}} Choice */

/** @param {{list?: number, choices_from?: number}} node @returns {boolean} */
export const hasChoices = (node) => node.list !== undefined || node.choices_from !== undefined;

/** @param {Filling} filling @param {number} node @param {Scope} scope @returns {Choice[]} those that the filter leaves;
 * not to be changed by who gets them */
export function offered(filling, node, scope) {
  const { list: id, choices_from: source, choice_filter: filter } = filling.form.nodes[node];
  const view = new View(filling, node, scope);
  if (source !== undefined) return given(filling, source, filter, view);
  const list = filling.form.lists[id];
  const rows = list?.choices ?? [];
  if (filter === undefined || !rows.length) return rows;
  const fast = narrowed(list, filter, (expr) => evaluate(expr, view));
  if (fast) return fast.rows.filter((row) => fast.rest.every((term) => holds(term, view.at(list, row))));
  return rows.filter((row, index) => holds(filter, view.at(list, row, index + 1, rows.length)));
}

/** The answers to a question in all instances of its repeat, each once, that the filter leaves. @returns {Choice[]} */
function given(filling, source, filter, view) {
  const around = filling.around[source];
  const scopes = filling.reach(source, view.scope, (repeat, scope) =>
    (repeat === around[around.length - 1] ? scope.instances.get(repeat) : undefined));
  const left = scopes.filter((scope, index) =>
    filter === undefined || holds(filter, view.inside(source, scope, index + 1, scopes.length)));
  const names = new Set(left.flatMap((scope) => filling.read(source, scope).map(toText)));
  names.delete('');
  return Array.from(names, (name) => ({ name }));
}

/** @param {Filling} filling @param {string[]} codes @param {number} node @param {View} view
 * @returns {string[]} labels of the known ones */
export function choiceNames(filling, codes, node, view) {
  const { list, choices_from: source } = filling.form.nodes[node];
  if (source !== undefined) return codes;
  if (list === undefined) return [];
  return codes.map((code) => named(filling.form.lists[list], code)).filter(Boolean)
    .map((choice) => filling.choiceLabel(choice, view));
}

/** @returns {any} what is left of an answer without the codes that are not offered; the answer itself if all of it */
export function stillOffered(filling, node, scope) {
  const answer = filling.get(node, scope);
  if (!hasChoices(filling.form.nodes[node]) || isOpen(answer)) return answer;
  const codes = new Set(offered(filling, node, scope).map((choice) => choice.name));
  const kept = [].concat(answer).filter((code) => codes.has(code));
  if (kept.length === [].concat(answer).length) return answer;
  return Array.isArray(answer) ? kept : undefined;
}
