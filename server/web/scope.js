// Where answers are kept, and what an expression sees from there. Pure.

import { Nodes, scalar } from './values.js';

/** The root, or one instance of a repeat: the answers directly in it and the instances of the repeats inside. */
export class Scope {
  /** @param {Scope | null} parent @param {number} repeat the repeat's node, 0 for the root */
  constructor(parent, repeat) {
    this.parent = parent;
    this.repeat = repeat;
    /** Taken away, perhaps for now. */
    this.gone = false;
    this.values = new Map();
    this.relevant = new Map();
    this.computed = new Map();
    this.instances = new Map();
    // Instances that a lower count took away; a higher one brings them back with their answers.
    this.spare = new Map();
    this.line = parent ? [...parent.line, this] : [];
  }

  /** @returns {Scope[]} the instances around this one, outermost first, itself last; the root is left out */
  chain() {
    return this.line;
  }

  /** @returns {boolean} whether it is among the answers now */
  isThere() {
    return !this.line.some((scope) => scope.gone);
  }

  /** @returns {number} position among its siblings */
  index() {
    return this.parent ? this.parent.instances.get(this.repeat).indexOf(this) : 0;
  }

  /** @returns {string} such as `0.2`, '' for the root */
  path() {
    return this.line.map((scope) => scope.index()).join('.');
  }
}

/** @typedef {{home: View, position: number, last: number, list?: any, choice?: any}} Within what `[…]` and choice
 * filters add: from where the whole expression is seen, the place of what is looked at among how many, the row */

/** What an expression sees: the answers around a node, and what the innermost `[…]` looks at. */
export class View {
  /** @param {import('./filling.js').Filling} filling @param {number} node @param {Scope} scope @param {Within} [within] */
  constructor(filling, node, scope, within) {
    this.filling = filling;
    this.node = node;
    this.scope = scope;
    this.within = within;
  }

  get env() {
    return this.filling.env;
  }

  /** @returns {View} from where the whole expression is seen */
  home() {
    return this.within?.home ?? this;
  }

  /** The same, looking at a row of a list. @returns {View} */
  at(list, choice, position, last) {
    return new View(this.filling, this.node, this.scope, { home: this.home(), position, last, list, choice });
  }

  /** Looking at a node in an instance. @returns {View} */
  inside(node, scope, position, last) {
    return new View(this.filling, node, scope, { home: this.home(), position, last });
  }

  version() {
    return this.env.version ?? this.filling.form.version;
  }

  own() {
    // A repeat has no answer, and no place in its own instances.
    if (this.filling.form.nodes[this.node].kind === 'repeat') return '';
    return scalar(new Nodes(this.filling.read(this.node, this.scope)));
  }

  answers(target) {
    return this.filling.answers(target, this.filling.reach(target, this.scope));
  }

  /** Answers in the instances whose numbers are wanted, by repeat. */
  indexed(target, wanted) {
    const pick = (repeat, scope) =>
      (wanted.has(repeat) ? [scope.instances.get(repeat)[wanted.get(repeat) - 1]].filter(Boolean) : undefined);
    return this.filling.answers(target, this.filling.reach(target, this.scope, pick));
  }

  position(repeat) {
    const scope = this.scope.chain().find((instance) => instance.repeat === repeat);
    return scope ? scope.index() + 1 : NaN;
  }

  cell(column) {
    const { list, choice } = this.within ?? {};
    return list ? this.filling.cell(list, choice, column, this.home()) : '';
  }

  choiceNames(codes, target) {
    return this.filling.choiceNames(codes, target, this.home());
  }
}
