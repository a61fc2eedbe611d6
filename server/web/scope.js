// Where answers are kept, and what an expression sees from there. Pure.

import { Nodes, scalar } from './values.js';

/** The root, or one instance of a repeat: the answers directly in it and the instances of the repeats inside. */
export class Scope {
  /** @param {Scope | null} parent @param {number} repeat the repeat's node, 0 for the root */
  constructor(parent, repeat) {
    this.parent = parent;
    this.repeat = repeat;
    this.values = new Map();
    this.relevant = new Map();
    this.computed = new Map();
    this.instances = new Map();
    // Instances that a lower count took away; a higher one brings them back with their answers.
    this.spare = new Map();
  }

  /** @returns {Scope[]} the instances around this one, outermost first, itself last; the root is left out */
  chain() {
    return this.parent ? [...this.parent.chain(), this] : [];
  }

  /** @returns {number} position among its siblings */
  index() {
    return this.parent ? this.parent.instances.get(this.repeat).indexOf(this) : 0;
  }

  /** @returns {string} such as `0.2`, '' for the root */
  path() {
    return this.chain().map((scope) => scope.index()).join('.');
  }
}

/** What an expression sees: the answers around a node, and the list row at hand. */
export class View {
  /** @param {import('./filling.js').Filling} filling @param {number} node @param {Scope} scope @param {{list: any, choice: any}} [row] */
  constructor(filling, node, scope, row) {
    this.filling = filling;
    this.node = node;
    this.scope = scope;
    this.row = row;
  }

  get env() {
    return this.filling.env;
  }

  at(row) {
    return new View(this.filling, this.node, this.scope, row);
  }

  version() {
    return this.env.version ?? this.filling.form.version;
  }

  own() {
    return scalar(new Nodes(this.filling.read(this.node, this.scope)));
  }

  answers(target) {
    return new Nodes(this.filling.reach(target, this.scope).flatMap((scope) => this.filling.read(target, scope)));
  }

  indexed(target, wanted) {
    return this.filling.reach(target, this.scope, wanted).flatMap((scope) => this.filling.read(target, scope));
  }

  position(repeat) {
    const scope = this.scope.chain().find((instance) => instance.repeat === repeat);
    return scope ? scope.index() + 1 : NaN;
  }

  rows(list) {
    const found = this.filling.form.lists[list];
    return found.choices.map((choice) => ({ list: found, choice }));
  }

  cell(column) {
    if (!this.row) return '';
    const { list, choice } = this.row;
    if (column === 'name') return choice.name;
    if (column === 'label') return this.filling.choiceLabel(choice);
    return choice.cells?.[list.columns.indexOf(column)] ?? '';
  }

  choiceNames(codes, target) {
    const list = this.filling.form.lists[this.filling.form.nodes[target].list];
    const found = codes.map((code) => list?.choices.find((choice) => choice.name === code)).filter(Boolean);
    return found.map((choice) => this.filling.choiceLabel(choice)).join(', ');
  }
}
