// A form being filled: answers by scope, and what follows from them. Pure: the clock, chance and the texts of the
// current language come in through `env`.

import { choiceNames, hasChoices, offered, stillOffered } from './choices.js';
import { computed, evaluate, holds } from './expr.js';
import { isVolatile } from './functions.js';
import { Recalculation } from './recalc.js';
import { Scope, View } from './scope.js';
import { cellOf } from './tables.js';
import { Nodes, answerFromText, fits, isBlank, isPass, readAnswer, scalar, toText } from './values.js';

/** @typedef {{now: string, random: () => number, uuid: () => string, texts: any[], version?: string}} Env */
/** @typedef {null | 'required' | 'constraint' | 'type'} Problem */

const SILENT = new Set(['group', 'repeat', 'note', 'device']);
const UNASKED = new Set([...SILENT, 'calculate', 'hidden', 'start', 'end', 'today', 'device_id', 'audit']);

/** @param {{kind: string}} node @returns {boolean} whether a person gives the answer */
export const isAsked = (node) => !UNASKED.has(node.kind);

const FILES = new Set(['image', 'audio', 'video', 'file']);

/** @param {{kind: string}} node @returns {boolean} whether the answer names a file that is sent apart */
export const isFile = (node) => FILES.has(node.kind);

/** A form, the answers so far, and what is relevant, computed, offered and wrong. */
export class Filling {
  /** @param {any} form as the server sends it @param {Env} env */
  constructor(form, env) {
    this.form = form;
    this.env = env;
    this.children = form.nodes.map(() => []);
    form.nodes.forEach((node, id) => id && this.children[node.parent].push(id));
    this.around = form.nodes.map((_, id) => this.#repeatsAround(id));
    this.gates = form.nodes.map((_, id) => this.#gatesOf(id));
    /** How many scopes there have ever been. */
    this.begun = 0;
    /** How many expressions were evaluated after the last change. */
    this.evaluations = 0;
    this.recalculation = new Recalculation(this);
    this.root = this.begin(null, 0);
    this.recalculation.load();
  }

  /** Stores an answer (blank removes it) and follows it through. */
  set(node, scope, answer) {
    this.evaluations = 0;
    this.store(node, scope, answer);
    // It may look at its own answer.
    this.recalculation.enqueue(node, scope);
    this.recalculation.follow();
  }

  /** Stores an answer without anything that follows from it. */
  store(node, scope, answer) {
    const before = scope.values.get(node);
    if (isBlank(answer)) scope.values.delete(node);
    else scope.values.set(node, answer);
    if (!isSame(before, scope.values.get(node))) this.recalculation.answered(node, scope);
  }

  /** @returns {any} the answer as given, undefined when blank; not relevant ones are still there */
  get(node, scope) {
    return scope.values.get(node);
  }

  /** Everything once, in the order of dependency: relevance, number of instances, calculations. */
  recalculate() {
    this.evaluations = 0;
    this.recalculation.everything();
  }

  /** Adds an instance to a repeat that the person extends. @returns {Scope} */
  addInstance(repeat, scope) {
    const instance = this.begin(scope, repeat);
    this.#follow(instance);
    return instance;
  }

  /** @param {Scope} instance */
  removeInstance(instance) {
    const { parent, repeat } = instance;
    this.#follow(instance, () => {
      parent.instances.get(repeat).splice(instance.index(), 1);
      instance.gone = true;
    });
  }

  /** Whether a node, and everything around it, is asked now. @returns {boolean} */
  isRelevant(node, scope) {
    for (const [id, up] of this.gates[node]) {
      let at = scope;
      for (let i = up; i > 0; i -= 1) at = at.parent;
      if (at.relevant.get(id) === false) return false;
    }
    return true;
  }

  /** @returns {any[]} the choices that the filter leaves; not to be changed */
  offered(node, scope) {
    return offered(this, node, scope);
  }

  /** Forgets chosen codes that are no longer offered. @returns {boolean} whether there were any */
  dropUnoffered(node, scope) {
    const kept = stillOffered(this, node, scope);
    if (kept === this.get(node, scope)) return false;
    this.set(node, scope, kept);
    return true;
  }

  /** What the form's rules say against an answer, or its absence. @returns {Problem} */
  problem(node, scope) {
    const { kind, constraint, parameters } = this.form.nodes[node];
    if (SILENT.has(kind) || kind === 'calculate' || !this.isRelevant(node, scope)) return null;
    const answer = this.get(node, scope);
    if (isPass(answer)) return null;
    if (isBlank(answer)) {
      return isAsked({ kind }) && this.isRequired(node, scope) ? 'required' : null;
    }
    if (!fits({ kind, parameters }, answer)) return 'type';
    return constraint !== undefined && !holds(constraint, new View(this, node, scope)) ? 'constraint' : null;
  }

  /** @returns {boolean} whether it must be answered or passed */
  isRequired(node, scope) {
    const { required } = this.form.nodes[node];
    return required !== undefined && holds(required, new View(this, node, scope));
  }

  /** @returns {boolean} whether it must, and can: a list that offers nothing holds nobody up */
  isDemanded(node, scope) {
    return this.isRequired(node, scope)
      && (!hasChoices(this.form.nodes[node]) || this.offered(node, scope).length > 0);
  }

  /** What keeps the person from going on. @returns {Problem} */
  obstacle(node, scope) {
    const problem = this.problem(node, scope);
    return problem === 'required' && !this.isDemanded(node, scope) ? null : problem;
  }

  /** @returns {boolean} whether the answer can't be changed by hand */
  isReadOnly(node, scope) {
    const { read_only: expr } = this.form.nodes[node];
    return expr !== undefined && holds(expr, new View(this, node, scope));
  }

  /** A text of the current language, values apart so that nothing in an answer acts as markup.
   * @returns {(string | {value: string})[]} */
  parts(text, node, scope) {
    return this.#parts(text, new View(this, node, scope));
  }

  /** @returns {string} */
  text(text, node, scope) {
    return joined(this.parts(text, node, scope));
  }

  /** @returns {string} a choice's label as expressions see it: its code where it has none */
  choiceLabel(choice, view) {
    return choice.label === undefined ? choice.name : joined(this.#parts(choice.label, view));
  }

  /** @param {string[]} codes @param {number} node whose choices they are @param {View} view
   * @returns {string[]} labels of those that exist */
  choiceNames(codes, node, view) {
    return choiceNames(this, codes, node, view);
  }

  /** @param {any} list @param {any} choice a row of it @param {string} column @param {View} view @returns {string} */
  cell(list, choice, column, view) {
    return column === 'label' ? this.choiceLabel(choice, view) : cellOf(list, choice, column);
  }

  /**
   * Answers by key, as they are sent: relevant and not blank.
   * @param {boolean} everything keeps what is not relevant as well, for a draft
   */
  toAnswers(everything = false, section = 0, scope = this.root) {
    const answers = {};
    for (const id of this.children[section]) {
      if (!everything && !this.isRelevant(id, scope)) continue;
      const { kind, key } = this.form.nodes[id];
      if (kind === 'group') Object.assign(answers, this.toAnswers(everything, id, scope));
      else if (kind === 'repeat') {
        const spare = everything ? scope.spare.get(id) ?? [] : [];
        const instances = [...scope.instances.get(id), ...spare];
        if (instances.length) answers[key] = instances.map((inner) => this.toAnswers(everything, id, inner));
      } else if (!SILENT.has(kind) && !isBlank(this.get(id, scope))) answers[key] = this.get(id, scope);
    }
    return answers;
  }

  /** Replaces all answers. What a person wrote over a calculation stays written over. */
  fromAnswers(answers) {
    this.recalculation.live = false;
    this.begun = 1;
    this.root = new Scope(null, 0);
    this.#restore(0, this.root, answers ?? {});
    this.recalculation.load();
  }

  /** Sets the moment of finishing. */
  finish() {
    this.evaluations = 0;
    this.form.nodes.forEach(({ kind }, id) => {
      if (kind === 'end') for (const scope of this.reach(id, this.root)) this.store(id, scope, this.env.now);
    });
    this.recalculation.follow();
  }

  /**
   * The scopes that hold a node, seen from a scope: at each repeat what `pick` gives, or else the own instance where
   * it is in the same repeat, or else all.
   * @param {number} target @param {Scope} from
   * @param {(repeat: number, scope: Scope) => Scope[] | undefined} [pick]
   * @returns {Scope[]}
   */
  reach(target, from, pick) {
    const around = this.around[target];
    // The usual case: beside what asks, or outside of all repeats.
    if (!pick && !around.length) return [this.root];
    if (!pick && from.repeat === around[around.length - 1]) return [from];
    const chain = from.chain();
    let scopes = [this.root];
    around.forEach((repeat, depth) => {
      const own = chain[depth];
      const isOwn = own?.repeat === repeat && scopes.length === 1 && own.parent === scopes[0];
      scopes = scopes.flatMap((scope) => pick?.(repeat, scope) ?? (isOwn ? [own] : scope.instances.get(repeat)));
    });
    return scopes;
  }

  /** What a reference reads in scopes that hold the node. @param {number} node @param {Scope[]} scopes @returns {Nodes} */
  answers(node, scopes) {
    return new Nodes(scopes.length === 1 ? this.read(node, scopes[0]) : scopes.flatMap((scope) => this.read(node, scope)));
  }

  /** What a node contributes to a reference: nothing where it is not relevant. @returns {(string | number)[]} */
  read(node, scope) {
    if (!this.isRelevant(node, scope)) return [];
    if (this.form.nodes[node].kind === 'repeat') return scope.instances.get(node).map(() => '');
    return [readAnswer(this.get(node, scope))];
  }

  #repeatsAround(id) {
    const around = [];
    for (let at = this.form.nodes[id].parent; at; at = this.form.nodes[at].parent) {
      if (this.form.nodes[at].kind === 'repeat') around.unshift(at);
    }
    return around;
  }

  /** What may make a node irrelevant: itself and what is around it, each with the number of instances up to it. */
  #gatesOf(node) {
    const gates = [];
    let up = 0;
    for (let id = node; id; id = this.form.nodes[id].parent) {
      // A repeat belongs to the scope around it; what is inside belongs to its instances.
      if (id !== node && this.form.nodes[id].kind === 'repeat') up += 1;
      if (this.form.nodes[id].relevant !== undefined) gates.push([id, up]);
    }
    return gates;
  }

  /** An instance has come, or is about to go as `change` says. */
  #follow(instance, change = () => {}) {
    this.evaluations = 0;
    this.recalculation.touch(instance.repeat, instance);
    change();
    this.recalculation.changed(instance.repeat, instance.parent);
    this.recalculation.follow();
  }

  /** A new scope with its defaults, linked in before they are evaluated since they may look around. */
  begin(parent, repeat) {
    const { live } = this.recalculation;
    this.recalculation.live = false;
    const scope = new Scope(parent, repeat);
    this.begun += 1;
    if (parent) parent.instances.get(repeat).push(scope);
    else this.root = scope;
    const inside = this.#inside(repeat);
    for (const id of inside) if (this.form.nodes[id].kind === 'repeat') scope.instances.set(id, []);
    for (const id of inside) this.#beginNode(id, this.form.nodes[id], scope);
    this.recalculation.live = live;
    return scope;
  }

  #beginNode(id, node, scope) {
    if (node.kind === 'repeat' && node.repeat_count === undefined) this.begin(scope, id);
    else if (node.kind === 'start') this.store(id, scope, this.env.now);
    else if (node.kind === 'today') this.store(id, scope, this.env.now.slice(0, 10));
    else if (node.default !== undefined) {
      const text = computed(node.default, new View(this, id, scope));
      this.store(id, scope, answerFromText(node.kind, text));
    }
  }

  /** The nodes that a scope holds, in document order: groups make no scope of their own. */
  #inside(section) {
    return this.children[section].flatMap((id) =>
      this.form.nodes[id].kind === 'group' ? [id, ...this.#inside(id)] : [id]);
  }

  #restore(section, scope, answers) {
    for (const id of this.#inside(section)) {
      const { kind, key, calculation, read_only: fixed } = this.form.nodes[id];
      if (kind === 'repeat') {
        scope.instances.set(id, []);
        for (const inner of [].concat(answers[key] ?? [])) {
          const instance = new Scope(scope, id);
          this.begun += 1;
          scope.instances.get(id).push(instance);
          this.#restore(id, instance, inner);
        }
      } else if (!SILENT.has(kind)) {
        this.store(id, scope, answers[key]);
        if (calculation !== undefined && (fixed === undefined || isVolatile(calculation)) && !isBlank(answers[key])) scope.computed.set(id, null);
      }
    }
  }

  #parts(text, view) {
    const template = this.env.texts[text] ?? '';
    if (!Array.isArray(template)) return [template];
    return template.map((part) => {
      if (typeof part === 'string') return part;
      const value = scalar(evaluate(part.e, view));
      return { value: Number.isNaN(value) ? '' : toText(value) };
    });
  }
}

const isSame = (a, b) => a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));

const joined = (parts) => parts.map((part) => (typeof part === 'string' ? part : part.value)).join('');
