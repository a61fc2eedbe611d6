// Our side: the phone's own modules, on the JSON that `baraza convert --to json` writes.

import { readFileSync } from 'node:fs';
import '../../server/web/functions-more.js';
import { Filling, isAsked, isFile } from '../../server/web/filling.js';
import { toText } from '../../server/web/values.js';
import { NOW } from './world.mjs';

/** Values that differ from one response to the next, or that a person's device gives. */
const OF_THE_MOMENT = new Set(['start', 'end', 'today', 'device', 'device_id', 'audit', 'note']);

/** A form with what the comparison has to know about its nodes. */
export class Form {
  /** @param {string} file */
  constructor(file) {
    this.json = JSON.parse(readFileSync(file, 'utf8'));
    const { nodes } = this.json;
    this.language = this.json.languages[0].name;
    this.paths = nodes.map((_, id) => pathOf(nodes, id));
    this.children = new Map();
    nodes.forEach((node, id) => id && this.children.set(`${node.parent}/${node.name}`, id));
    this.counting = new Set(nodes.flatMap((node) => readBy(node.repeat_count)));
    /** Whether any choice may come and go. */
    this.filtered = nodes.some((node) => node.choice_filter !== undefined || node.choices_from !== undefined);
    this.chancy = chancy(nodes);
  }

  /** @param {number} id */
  node(id) {
    return this.json.nodes[id];
  }

  /** @param {number} parent @param {string} name @returns {number | undefined} */
  child(parent, name) {
    return this.children.get(`${parent}/${name}`);
  }

  /** Whether both sides have to come to the same value. @param {number} id */
  hasValue(id) {
    const { kind } = this.node(id);
    return !OF_THE_MOMENT.has(kind) && !isFile({ kind });
  }

  /** Whether answers are given to it here. Files are left out: they are sent apart. @param {number} id */
  takesAnswers(id) {
    return isAsked(this.node(id)) && !isFile(this.node(id)) && !['group', 'repeat'].includes(this.node(id).kind);
  }

  begin() {
    const env = { now: NOW, random: () => 0.5, uuid: () => 'one', texts: this.json.texts[0] };
    return new Filling(this.json, env);
  }
}

/** An answer as the engine writes it into the instance. @param {any} answer @returns {string} */
export const asText = (answer) => (answer === undefined ? '' : Array.isArray(answer) ? answer.join(' ') : toText(answer));

function pathOf(nodes, id) {
  return id ? `${pathOf(nodes, nodes[id].parent)}/${nodes[id].name}` : '';
}

/** The nodes whose answers an expression reads. */
function readBy(expr) {
  if (!Array.isArray(expr)) return [];
  return ['$', 'p'].includes(expr[0]) ? [expr[1], ...expr.slice(2).flatMap(readBy)] : expr.flatMap(readBy);
}

/** Nodes of which something follows from random() or uuid(), and what lies in them. */
function chancy(nodes) {
  const rolls = (expr) => Array.isArray(expr) && (['random', 'uuid'].includes(expr[0]) || expr.some(rolls));
  const found = new Set();
  for (let before = -1; before !== found.size;) {
    before = found.size;
    nodes.forEach((node, id) => {
      const exprs = [node.calculation, node.default, node.relevant, node.choice_filter];
      const follows = exprs.some((expr) => rolls(expr) || readBy(expr).some((read) => found.has(read)));
      if (follows || found.has(node.parent)) found.add(id);
    });
  }
  return found;
}
