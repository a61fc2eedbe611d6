// A form being filled: answers by scope, and what follows from them. Pure: the clock, chance and the texts of the
// current language come in through `env`.

import { computed, evaluate, holds } from './expr.js';
import { isVolatile } from './functions.js';
import { Scope, View } from './scope.js';
import { answerFromText, fits, isBlank, isPass, readAnswer, scalar, toNumber, toText } from './values.js';

/** @typedef {{now: string, random: () => number, uuid: () => string, texts: any[], version?: string}} Env */
/** @typedef {null | 'required' | 'constraint' | 'type'} Problem */

const MOST_INSTANCES = 1000;
/** Of all repeats together, nested ones included. */
const MOST_SCOPES = 10_000;
const SILENT = new Set(['group', 'repeat', 'note', 'device']);
const UNASKED = new Set([...SILENT, 'calculate', 'hidden', 'start', 'end', 'today', 'device_id', 'audit']);

/** @param {{kind: string}} node @returns {boolean} whether a person gives the answer */
export const isAsked = (node) => !UNASKED.has(node.kind);

/** A form, the answers so far, and what is relevant, computed, offered and wrong. */
export class Filling {
  /** @param {any} form as the server sends it @param {Env} env */
  constructor(form, env) {
    this.form = form;
    this.env = env;
    this.children = form.nodes.map(() => []);
    form.nodes.forEach((node, id) => id && this.children[node.parent].push(id));
    this.around = form.nodes.map((_, id) => this.#repeatsAround(id));
    this.begun = 0;
    this.root = this.#begin(null, 0);
    this.recalculate();
  }

  /** Stores an answer (blank removes it) and follows it through. */
  set(node, scope, answer) {
    this.#store(node, scope, answer);
    this.recalculate();
  }

  /** @returns {any} the answer as given, undefined when blank; not relevant ones are still there */
  get(node, scope) {
    return scope.values.get(node);
  }

  /** One pass in the order of dependency: relevance, number of instances, calculations. */
  recalculate() {
    for (const id of this.form.order) {
      const node = this.form.nodes[id];
      if (!node.relevant && !node.repeat_count && !node.calculation) continue;
      for (const scope of this.reach(id, this.root)) this.#refresh(id, node, scope);
    }
  }

  /** Adds an instance to a repeat that the person extends. @returns {Scope} */
  addInstance(repeat, scope) {
    const instance = this.#begin(scope, repeat);
    this.recalculate();
    return instance;
  }

  /** @param {Scope} instance */
  removeInstance(instance) {
    instance.parent.instances.get(instance.repeat).splice(instance.index(), 1);
    this.recalculate();
  }

  /** Whether a node, and everything around it, is asked now. @returns {boolean} */
  isRelevant(node, scope) {
    for (let id = node, at = scope; id; id = this.form.nodes[id].parent) {
      if (at.relevant.get(id) === false) return false;
      // A repeat belongs to the scope around it; what is inside belongs to its instances.
      if (this.form.nodes[this.form.nodes[id].parent].kind === 'repeat') at = at.parent;
    }
    return true;
  }

  /** @returns {any[]} the choices that the filter leaves */
  offered(node, scope) {
    const { list, choice_filter: filter } = this.form.nodes[node];
    const view = new View(this, node, scope);
    const rows = view.rows(list);
    return (filter === undefined ? rows : rows.filter((row) => holds(filter, view.at(row)))).map((row) => row.choice);
  }

  /** Forgets chosen codes that are no longer offered. @returns {boolean} whether there were any */
  dropUnoffered(node, scope) {
    const answer = this.get(node, scope);
    if (this.form.nodes[node].list === undefined || isBlank(answer) || isPass(answer)) return false;
    const codes = new Set(this.offered(node, scope).map((choice) => choice.name));
    const kept = [].concat(answer).filter((code) => codes.has(code));
    if (kept.length === [].concat(answer).length) return false;
    this.set(node, scope, Array.isArray(answer) ? kept : undefined);
    return true;
  }

  /** What keeps the person from going on. @returns {Problem} */
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

  /** @returns {boolean} whether it must be answered or passed; a list without choices can't be */
  isRequired(node, scope) {
    const { required, list } = this.form.nodes[node];
    if (required === undefined || !holds(required, new View(this, node, scope))) return false;
    return list === undefined || this.offered(node, scope).length > 0;
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

  /** @returns {string} a choice's label as expressions see it: its code where it has none, … for a value in it */
  choiceLabel(choice) {
    if (choice.label === undefined) return choice.name;
    return [].concat(this.env.texts[choice.label] ?? '').map((part) => (typeof part === 'string' ? part : '…')).join('');
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
    this.root = new Scope(null, 0);
    this.#restore(0, this.root, answers ?? {});
    this.recalculate();
  }

  /** Sets the moment of finishing. */
  finish() {
    this.form.nodes.forEach(({ kind }, id) => {
      if (kind === 'end') for (const scope of this.reach(id, this.root)) this.#store(id, scope, this.env.now);
    });
    this.recalculate();
  }

  /**
   * The scopes that hold a node, seen from a scope: its own instance where it is in the same repeat, else all, or
   * those that `wanted` numbers by repeat.
   * @param {number} target @param {Scope} from @param {Map<number, number>} [wanted] @returns {Scope[]}
   */
  reach(target, from, wanted) {
    const chain = from.chain();
    let scopes = [this.root];
    this.around[target].forEach((repeat, depth) => {
      const own = chain[depth];
      if (wanted?.has(repeat)) {
        scopes = scopes.flatMap((scope) => scope.instances.get(repeat)[wanted.get(repeat) - 1] ?? []);
      } else if (own?.repeat === repeat && scopes.length === 1 && own.parent === scopes[0]) scopes = [own];
      else scopes = scopes.flatMap((scope) => scope.instances.get(repeat));
    });
    return scopes;
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

  #store(node, scope, answer) {
    if (isBlank(answer)) scope.values.delete(node);
    else scope.values.set(node, answer);
  }

  #refresh(id, node, scope) {
    const view = new View(this, id, scope);
    scope.relevant.set(id, true);
    if (!this.isRelevant(id, scope)) return;
    if (node.relevant !== undefined) scope.relevant.set(id, holds(node.relevant, view));
    if (!scope.relevant.get(id)) return;
    if (node.repeat_count !== undefined) this.#resize(id, scope, toNumber(evaluate(node.repeat_count, view)));
    if (node.calculation !== undefined) this.#calculate(id, node, scope, view);
  }

  /**
   * Someone may write over what was computed; it comes back only with another result. What may come out differently
   * each time, such as now(), is computed again only when an answer that it reads has changed. `null` stands for
   * the result, or the answers read, before the answers were restored.
   */
  #calculate(id, node, scope, view) {
    const volatile = isVolatile(node.calculation);
    const last = scope.computed.get(id);
    if (volatile) {
      const read = JSON.stringify(readBy(node.calculation).map((target) => view.answers(target).items));
      scope.computed.set(id, read);
      if (!isBlank(this.get(id, scope)) && (last === null || last === read)) return;
      this.#store(id, scope, answerFromText(node.kind, computed(node.calculation, view)));
      return;
    }
    const text = computed(node.calculation, view);
    scope.computed.set(id, text);
    const fresh = last !== null && last !== text;
    if (fresh || node.kind === 'calculate') this.#store(id, scope, answerFromText(node.kind, text));
  }

  #resize(repeat, scope, count) {
    const wanted = Math.max(0, Math.min(MOST_INSTANCES, Math.trunc(count) || 0));
    const instances = scope.instances.get(repeat);
    const spare = scope.spare.get(repeat) ?? [];
    scope.spare.set(repeat, [...instances.splice(wanted), ...spare]);
    while (instances.length < wanted && this.begun < MOST_SCOPES) {
      const kept = scope.spare.get(repeat).shift();
      if (kept) instances.push(kept);
      else this.#begin(scope, repeat);
    }
  }

  /** A new scope with its defaults, linked in before they are evaluated since they may look around. */
  #begin(parent, repeat) {
    const scope = new Scope(parent, repeat);
    this.begun += 1;
    if (parent) parent.instances.get(repeat).push(scope);
    else this.root = scope;
    const inside = this.#inside(repeat);
    for (const id of inside) if (this.form.nodes[id].kind === 'repeat') scope.instances.set(id, []);
    for (const id of inside) this.#beginNode(id, this.form.nodes[id], scope);
    return scope;
  }

  #beginNode(id, node, scope) {
    if (node.kind === 'repeat' && node.repeat_count === undefined) this.#begin(scope, id);
    else if (node.kind === 'start') this.#store(id, scope, this.env.now);
    else if (node.kind === 'today') this.#store(id, scope, this.env.now.slice(0, 10));
    else if (node.default !== undefined) {
      const text = computed(node.default, new View(this, id, scope));
      this.#store(id, scope, answerFromText(node.kind, text));
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
          scope.instances.get(id).push(instance);
          this.#restore(id, instance, inner);
        }
      } else if (!SILENT.has(kind)) {
        this.#store(id, scope, answers[key]);
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

/** The nodes whose answers an expression reads. */
const readBy = (expr) =>
  !Array.isArray(expr) ? [] : expr[0] === '$' ? [expr[1]] : expr.flatMap(readBy);

const joined = (parts) => parts.map((part) => (typeof part === 'string' ? part : part.value)).join('');
