// Which screens there are now, in order. A screen follows from the answers, so the list is made anew after each.

import { isAsked } from './filling.js';

/** @typedef {import('./scope.js').Scope} Scope */
/** @typedef {{node: number, scope: Scope}} Item a question, a note, or a group's heading inside of a screen */
/** @typedef {{id: string, kind: 'question' | 'repeat', items: Item[], headings: Item[]}} Screen */

const randomized = (node) => node.parameters?.randomize === 'true';
const isList = ({ appearance = [] }) => appearance.includes('field-list') || appearance.includes('table-list');
const isShown = (node) => isAsked(node) || (node.kind === 'note' && node.label !== undefined);

/** @param {string} text @returns {() => number} the same sequence of chances for the same text */
function chances(text) {
  let state = 2166136261;
  for (const c of text) state = Math.imul(state ^ c.codePointAt(0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The same order for the same seed, so that going back or reloading changes nothing.
 * @template T @param {T[]} list @param {string} seed @returns {T[]} */
export function shuffled(list, seed) {
  const next = chances(seed);
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

/** Choices in the order in which they are shown. A seed of the form decides alone. Else 'other', 'don't know' and the
 * like stay last when the rest is shuffled, and a list has one order for a respondent in whatever questions it comes. */
export function arranged(filling, { node, scope }, seed) {
  const offered = filling.offered(node, scope);
  if (filling.form.nodes[node].seed !== undefined) return filling.seeded(filling, { node, scope }, offered);
  if (!randomized(filling.form.nodes[node])) return offered;
  const isLast = (choice) => choice.special !== undefined || choice.name === 'other';
  const plain = offered.filter((choice) => !isLast(choice));
  const { list } = filling.form.nodes[node];
  return [...shuffled(plain, `${seed} ${list}`), ...offered.filter(isLast)];
}

/** @param {Item} item @returns {string} the same after a reload */
export const itemId = ({ node, scope }) => [node, scope.path()].filter((part) => part !== '').join('-');

class Walk {
  constructor(filling, seed) {
    this.filling = filling;
    this.seed = seed;
    this.screens = [];
  }

  children(section, scope) {
    const children = this.filling.children[section];
    const order = randomized(this.filling.form.nodes[section])
      ? shuffled(children, `${this.seed} ${section} ${scope.path()}`)
      : children;
    return order.filter((child) => this.filling.isRelevant(child, scope));
  }

  section(section, scope, headings) {
    for (const node of this.children(section, scope)) {
      const { kind } = this.filling.form.nodes[node];
      if (kind === 'group') this.group({ node, scope }, headings);
      else if (kind === 'repeat') this.repeat({ node, scope }, headings);
      else if (isShown(this.filling.form.nodes[node])) this.add('question', [{ node, scope }], headings);
    }
  }

  group(item, outer) {
    const node = this.filling.form.nodes[item.node];
    const headings = node.label === undefined ? outer : [...outer, item];
    if (isList(node)) this.list(item.node, item.scope, headings);
    else this.section(item.node, item.scope, headings);
  }

  repeat(item, outer) {
    const node = this.filling.form.nodes[item.node];
    for (const scope of item.scope.instances.get(item.node)) {
      const headings = node.label === undefined ? outer : [...outer, { node: item.node, scope }];
      if (isList(node)) this.list(item.node, scope, headings);
      else this.section(item.node, scope, headings);
    }
    if (node.repeat_count === undefined) this.add('repeat', [item], outer);
  }

  /** A section on one screen; a repeat in it has screens of its own, right after. */
  list(section, scope, headings) {
    const repeats = [];
    const items = this.flat(section, scope, repeats);
    if (items.some(({ node }) => this.filling.form.nodes[node].kind !== 'group')) {
      this.add('question', items, headings, section);
    }
    for (const repeat of repeats) this.repeat(repeat, headings);
  }

  flat(section, scope, repeats) {
    return this.children(section, scope).flatMap((node) => {
      const { kind, label } = this.filling.form.nodes[node];
      if (kind === 'group') {
        const inner = this.flat(node, scope, repeats);
        return label === undefined || !inner.length ? inner : [{ node, scope }, ...inner];
      }
      if (kind === 'repeat') repeats.push({ node, scope });
      return isShown(this.filling.form.nodes[node]) ? [{ node, scope }] : [];
    });
  }

  add(kind, items, headings, node = items[0].node) {
    this.screens.push({ id: itemId({ node, scope: items[0].scope }), kind, items, headings });
  }
}

/** @param {import('./filling.js').Filling} filling @param {string} seed the instance ID @returns {Screen[]} */
export function screens(filling, seed) {
  const walk = new Walk(filling, seed);
  walk.section(0, filling.root, []);
  return walk.screens;
}
