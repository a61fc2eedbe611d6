// Choices in the order that a seed of the form decides.

import { shuffledBy } from './chance.js';
import { evaluate } from './expr.js';
import { View } from './scope.js';

/** @param {import('./filling.js').Filling} filling @param {import('./pages.js').Item} item @param {any[]} choices
 * @returns {any[]} */
export const seeded = (filling, { node, scope }, choices) =>
  shuffledBy(choices, evaluate(filling.form.nodes[node].seed, new View(filling, node, scope)));
