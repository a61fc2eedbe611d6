// One response on both sides at once: walking them together, answering, and telling what differs.

import { asText } from './ours.mjs';
import * as theirs from './theirs.mjs';

/** @typedef {{id: number, scope: any, node: any}} Spot a node of ours in a scope, and the engine's node */
/** @typedef {{path: string, kind: string, ours: any, theirs: any}} Difference */

export class Both {
  /** @param {import('./ours.mjs').Form} form @param {() => any} begin */
  constructor(form, begin) {
    this.form = form;
    this.ours = form.begin();
    this.root = begin();
    /** @type {Difference[]} */
    this.found = [];
    this.settle();
  }

  /** All spots there are now, in document order. @returns {Spot[]} */
  spots() {
    const spots = [];
    this.#walk(this.root, 0, this.ours.root, spots);
    return spots;
  }

  #walk(section, parent, scope, spots) {
    for (const node of section.currentState.children) {
      const id = this.form.child(parent, theirs.nameOf(node));
      if (id === undefined) continue;
      spots.push({ id, scope, node });
      if (theirs.isRepeat(node)) this.#instances(node, id, scope, spots);
      else if (node.nodeType === 'group') this.#walk(node, id, scope, spots);
    }
  }

  #instances(range, id, scope, spots) {
    const instances = scope.instances.get(id) ?? [];
    range.currentState.children.forEach((instance, at) => {
      if (instances[at]) this.#walk(instance, id, instances[at], spots);
    });
  }

  /** @param {Spot} spot @param {any} answer */
  answer({ id, scope, node }, answer) {
    this.ours.set(id, scope, answer);
    theirs.give(node, answer);
    this.settle();
  }

  /** @param {Spot} spot of a repeat */
  add({ id, scope, node }) {
    this.ours.addInstance(id, scope);
    node.addInstances();
    this.settle();
  }

  /** @param {Spot} spot of a repeat @param {number} at */
  remove({ id, scope, node }, at) {
    this.ours.removeInstance(scope.instances.get(id)[at]);
    node.removeInstances(at);
    this.settle();
  }

  /** Codes that are no longer offered leave the answer: here when a page is left, in the engine at once. */
  settle() {
    for (let changed = this.form.filtered; changed;) {
      changed = false;
      for (const { id, scope, node } of this.spots()) {
        const { choice_filter: filter, choices_from: from } = this.form.node(id);
        if (filter === undefined && from === undefined) continue;
        if (!this.ours.isRelevant(id, scope) || !this.ours.dropUnoffered(id, scope)) continue;
        changed = true;
        theirs.forget(node);
      }
    }
  }

  /** @returns {Difference[]} between the two as they are now */
  compare() {
    this.found = [];
    for (const spot of this.spots()) this.#compareSpot(spot);
    return this.found;
  }

  #tell(id, kind, ours, theirs) {
    this.found.push({ path: this.form.paths[id], kind, ours, theirs });
  }

  #compareSpot({ id, scope, node }) {
    if (theirs.isRepeat(node)) return this.#compareRepeat(id, scope, node);
    const ours = this.ours.isRelevant(id, scope);
    const { relevant } = node.currentState;
    if (ours !== relevant) this.#tell(id, 'relevant', ours, relevant);
    if (ours && relevant && node.nodeType !== 'group') this.#compareAnswer(id, scope, node);
  }

  #compareRepeat(id, scope, range) {
    const instances = range.currentState.children;
    const relevant = this.ours.isRelevant(id, scope);
    const shown = instances.length > 0 && instances.some((instance) => instance.currentState.relevant);
    if (instances.length && relevant !== shown) this.#tell(id, 'relevant', relevant, shown);
    const count = scope.instances.get(id)?.length ?? 0;
    if (relevant && count !== instances.length) this.#tell(id, 'instances', count, instances.length);
  }

  #compareAnswer(id, scope, node) {
    if (this.form.hasValue(id)) {
      const [ours, other] = [asText(this.ours.get(id, scope)), node.currentState.instanceValue];
      if (!same(ours, other)) this.#tell(id, 'value', ours, other);
    }
    if (node.nodeType === 'model-value' || node.nodeType === 'note') return;
    const [ours, other] = [this.ours.problem(id, scope), theirs.problem(node)];
    if (ours !== other) this.#tell(id, 'problem', ours, other);
    const { required, readonly } = node.currentState;
    if (this.ours.isRequired(id, scope) !== required) this.#tell(id, 'required', !required, required);
    if (this.ours.isReadOnly(id, scope) !== readonly) this.#tell(id, 'read only', !readonly, readonly);
    const choices = theirs.choices(node);
    if (choices) this.#compareChoices(id, scope, choices);
  }

  #compareChoices(id, scope, other) {
    const ours = this.ours.offered(id, scope).map((choice) => choice.name);
    // Without a seed each side shuffles by its own chance.
    const shuffled = this.form.node(id).parameters?.randomize === 'true' && this.form.node(id).seed === undefined;
    const [a, b] = shuffled ? [[...ours].sort(), [...other].sort()] : [ours, other];
    if (a.join('\n') !== b.join('\n')) this.#tell(id, 'choices', ours, other);
  }
}

/** Numbers are the same whatever way they are written. */
function same(a, b) {
  if (a === b) return true;
  if (a === '' || b === '') return false;
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(x), Math.abs(y));
}
