// What follows from a change: relevance, numbers of instances, calculations. The server says which nodes read which
// others, so that only what depends on the change is evaluated again, in the form's order. Pure.

import { computed, evaluate, holds } from './expr.js';
import { isVolatile } from './functions.js';
import { View } from './scope.js';
import { answerFromText, isBlank, toNumber } from './values.js';

/** @typedef {import('./scope.js').Scope} Scope */

const MOST_INSTANCES = 1000;
/** Of all repeats together, nested ones and the root included. */
const MOST_SCOPES = 10_001;
/** How often one node may be evaluated again after one change: what waits for itself must come to an end. */
const ROUNDS = 3;
const ALL = 'all';

/** The answers that an expression reads, as expressions. */
const readBy = (expr) =>
  !Array.isArray(expr) ? [] : expr[0] === '$' || expr[0] === 'p' ? [expr] : expr.flatMap(readBy);

/** Keeps a filling's relevance, instances and calculations up to date. */
export class Recalculation {
  /** @param {import('./filling.js').Filling} filling */
  constructor(filling) {
    const { nodes, order, readers, far_readers: far } = filling.form;
    this.filling = filling;
    /** By node: who reads its answer, relevance or instances from where it sees them, or from anywhere. */
    this.near = readers;
    this.far = far ?? {};
    this.place = [];
    order.forEach((id, at) => { this.place[id] = at; });
    this.calculated = nodes.map((node) => node.calculation !== undefined && !node.trigger?.length);
    this.active = nodes.map((node, id) =>
      node.relevant !== undefined || node.repeat_count !== undefined || this.calculated[id]);
    const changes = (node, id) => isVolatile(node.relevant) || isVolatile(node.repeat_count)
      || (this.calculated[id] && isVolatile(node.calculation));
    this.volatile = order.filter((id) => changes(nodes[id], id));
    this.reads = nodes.map((node) => (isVolatile(node.calculation) ? readBy(node.calculation) : null));
    this.triggered = nodes.map(() => []);
    nodes.forEach((node, id) => { for (const trigger of node.trigger ?? []) this.triggered[trigger].push(id); });
    /** By place in the form's order: the scopes in which the node there has to be evaluated. */
    this.queue = [];
    this.first = order.length;
    /** Nodes whose trigger has been pulled, with their scopes. */
    this.pulled = new Map();
    /** While answers are loaded nothing is a change. */
    this.live = false;
    this.passing = false;
  }

  /** Everything once, after answers were loaded. */
  load() {
    this.live = false;
    this.#pass();
    this.live = true;
  }

  /** Everything once, after something that no answer tells, such as another language. */
  everything() {
    this.#pass();
    if (this.#fire(new Map())) this.follow();
  }

  /** Evaluates what is waiting, and what that changes. */
  follow() {
    const fired = new Map();
    do {
      if (this.near) {
        for (const id of this.volatile) this.enqueue(id, ALL);
        this.#drain();
      } else this.#pass();
    } while (this.#fire(fired));
  }

  /** An answer has changed. @param {number} node @param {Scope} scope */
  answered(node, scope) {
    if (!this.live) return;
    this.changed(node, scope);
    for (const id of this.triggered[node]) {
      if (!this.pulled.has(id)) this.pulled.set(id, new Set());
      for (const at of this.filling.reach(id, scope)) this.pulled.get(id).add(at);
    }
  }

  /** A node's answer, relevance or instances have changed. @param {number} node @param {Scope} scope */
  changed(node, scope) {
    if (!this.near || !this.live || this.passing) return;
    for (const reader of this.near[node] ?? []) {
      for (const at of this.filling.reach(reader, scope)) this.enqueue(reader, at);
    }
    for (const reader of this.far[node] ?? []) {
      // Of a node that reads itself only the instances after this one are looked at again: no end otherwise.
      if (reader === node && reader === this.current) this.spreads = true;
      else this.enqueue(reader, ALL);
    }
  }

  /** What is inside an instance or a group has come, gone, or changed its relevance. */
  touch(section, scope) {
    if (!this.near || !this.live || this.passing) return;
    for (const id of this.filling.children[section]) {
      this.changed(id, scope);
      this.enqueue(id, scope);
      this.#touchInside(id, scope);
    }
  }

  /** @param {number} id @param {Scope | 'all'} scope */
  enqueue(id, scope) {
    if (!this.active[id]) return;
    const at = this.place[id];
    if (scope === ALL) this.queue[at] = ALL;
    else if (this.queue[at] !== ALL) (this.queue[at] ??= new Set()).add(scope);
    this.first = Math.min(this.first, at);
  }

  #touchInside(id, scope) {
    const { kind } = this.filling.form.nodes[id];
    if (kind === 'group') this.touch(id, scope);
    else if (kind === 'repeat') for (const inner of scope.instances.get(id)) this.touch(id, inner);
  }

  #pass() {
    const { filling } = this;
    this.passing = true;
    for (const id of filling.form.order) {
      if (this.active[id]) for (const scope of filling.reach(id, filling.root)) this.#refresh(id, scope);
    }
    this.passing = false;
  }

  #drain() {
    const { order } = this.filling.form;
    const rounds = [];
    while (this.first < order.length) {
      const at = this.first;
      const waiting = this.queue[at];
      this.first += 1;
      this.queue[at] = undefined;
      rounds[at] = (rounds[at] ?? 0) + (waiting ? 1 : 0);
      if (waiting && rounds[at] <= ROUNDS) this.#settle(order[at], waiting);
    }
  }

  /** @param {number} id @param {Set<Scope> | 'all'} waiting */
  #settle(id, waiting) {
    const { filling } = this;
    this.current = id;
    this.spreads = waiting === ALL;
    const inTurn = this.spreads || this.far[id]?.includes(id);
    for (const scope of inTurn ? filling.reach(id, filling.root) : waiting) {
      if ((this.spreads || waiting.has(scope)) && scope.isThere()) this.#refresh(id, scope);
    }
    this.current = undefined;
  }

  /** Calculates what waited for a trigger; nothing else moves it. @returns {boolean} whether there was any */
  #fire(fired) {
    const { filling } = this;
    const pulled = [...this.pulled].sort(([a], [b]) => a - b);
    this.pulled = new Map();
    for (const [id, scopes] of pulled) {
      const { kind, calculation } = filling.form.nodes[id];
      for (const scope of filling.reach(id, filling.root).filter((at) => scopes.has(at))) {
        const times = fired.get(scope) ?? [];
        fired.set(scope, times);
        times[id] = (times[id] ?? 0) + 1;
        if (times[id] > ROUNDS) continue;
        filling.evaluations += 1;
        filling.store(id, scope, answerFromText(kind, computed(calculation, new View(filling, id, scope))));
        this.enqueue(id, scope);
      }
    }
    return pulled.length > 0;
  }

  #refresh(id, scope) {
    const { filling } = this;
    const { relevant, repeat_count: count } = filling.form.nodes[id];
    const view = new View(filling, id, scope);
    const was = scope.relevant.get(id);
    if (relevant !== undefined) scope.relevant.set(id, true);
    if (!filling.isRelevant(id, scope)) return;
    if (relevant !== undefined) {
      filling.evaluations += 1;
      const holding = holds(relevant, view);
      scope.relevant.set(id, holding);
      if (holding !== (was ?? true)) {
        this.changed(id, scope);
        this.#touchInside(id, scope);
      }
      if (!holding) return;
    }
    if (count !== undefined) {
      filling.evaluations += 1;
      this.#resize(id, scope, toNumber(evaluate(count, view)));
    }
    if (this.calculated[id]) this.#calculate(id, scope, view);
  }

  /**
   * Someone may write over what was computed; it comes back only with another result. What may come out differently
   * each time, such as now(), is computed again only when an answer that it reads has changed. `null` stands for
   * the result, or the answers read, before the answers were restored.
   */
  #calculate(id, scope, view) {
    const { filling } = this;
    const { kind, calculation } = filling.form.nodes[id];
    const last = scope.computed.get(id);
    filling.evaluations += 1;
    if (this.reads[id]) {
      const read = JSON.stringify(this.reads[id].map((expr) => evaluate(expr, view).items));
      scope.computed.set(id, read);
      if (!isBlank(filling.get(id, scope)) && (last === null || last === read)) return;
      filling.store(id, scope, answerFromText(kind, computed(calculation, view)));
      return;
    }
    const text = computed(calculation, view);
    scope.computed.set(id, text);
    const fresh = last !== null && last !== text;
    if (fresh || kind === 'calculate') filling.store(id, scope, answerFromText(kind, text));
  }

  #resize(repeat, scope, count) {
    const { filling } = this;
    const wanted = Math.max(0, Math.min(MOST_INSTANCES, Math.trunc(count) || 0));
    const instances = scope.instances.get(repeat);
    const had = instances.length;
    for (const instance of instances.slice(wanted)) this.touch(repeat, instance);
    const taken = instances.splice(wanted);
    for (const instance of taken) instance.gone = true;
    const spare = [...taken, ...(scope.spare.get(repeat) ?? [])];
    scope.spare.set(repeat, spare);
    while (instances.length < wanted && (spare.length || filling.begun < MOST_SCOPES)) {
      const kept = spare.shift();
      if (kept) instances.push(kept);
      else filling.begin(scope, repeat);
      const instance = instances[instances.length - 1];
      instance.gone = false;
      this.touch(repeat, instance);
    }
    if (instances.length !== had) this.changed(repeat, scope);
  }
}
