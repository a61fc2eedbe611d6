// Fills one form so many times, and prints as JSON what the two sides differ in:
//   node sequences.mjs FORM.json FORM.xml FIRST LAST STEPS

import { answer } from './answers.mjs';
import { Both } from './both.mjs';
import { chance, pick } from './chance.mjs';
import { Form } from './ours.mjs';
import * as theirs from './theirs.mjs';

const MOST_INSTANCES = 5;
/** Forms with more nodes are compared at every fourth step only, and at the end. */
const LARGE = 150;

/** What may be done next. @param {Both} both @returns {{open: any[], blank: any[], repeats: any[]}} */
function possible(both) {
  const spots = both.spots().filter(({ id, scope, node }) => node.currentState.relevant && both.ours.isRelevant(id, scope));
  const open = spots.filter(({ id, scope, node }) =>
    both.form.takesAnswers(id) && theirs.takesAnswers(node) && !node.currentState.readonly && !both.ours.isReadOnly(id, scope));
  const blank = open.filter(({ id, scope }) => both.ours.get(id, scope) === undefined);
  return { open, blank, repeats: spots.filter(({ node }) => theirs.isOpen(node)) };
}

/** Does something at random. @returns {string} what was done */
function step(both, random) {
  const { open, blank, repeats } = possible(both);
  if (repeats.length && random() < 0.1) return changeRepeat(both, pick(random, repeats), random);
  if (!open.length) return 'nothing to answer';
  // Mostly as a person goes through a form, now and then back again.
  const spot = pick(random, blank.length && random() < 0.8 ? blank : open);
  const { id, scope } = spot;
  const offered = both.form.node(id).list === undefined && both.form.node(id).choices_from === undefined
    ? [] : both.ours.offered(id, scope).map((choice) => choice.name);
  const given = answer(random, both.form.node(id), offered, both.form.counting.has(id));
  both.answer(spot, given);
  return `${both.form.paths[id]}${scope.path() && ` [${scope.path()}]`} = ${JSON.stringify(given ?? null)}`;
}

function changeRepeat(both, spot, random) {
  const { id, scope } = spot;
  const { length } = scope.instances.get(id);
  if (length && (length >= MOST_INSTANCES || random() < 0.4)) {
    const at = Math.floor(random() * length);
    both.remove(spot, at);
    return `${both.form.paths[id]}: instance ${at + 1} removed`;
  }
  both.add(spot);
  return `${both.form.paths[id]}: an instance added`;
}

/** One response from beginning to end. @param {Both} both @param {Map<string, any>} found */
function fill(both, seed, steps, found) {
  const random = chance(seed);
  const done = [];
  const every = both.form.json.nodes.length > LARGE ? 4 : 1;
  for (let at = 0; at <= steps; at += 1) {
    if (at) done.push(step(both, random));
    if (at % every && at < steps) continue;
    for (const difference of both.compare()) {
      const key = `${difference.path} ${difference.kind}`;
      const known = found.get(key);
      if (known) known.times += 1;
      else found.set(key, { ...difference, times: 1, seed, after: [...done] });
    }
  }
}

const [json, xml, first, last, steps] = process.argv.slice(2);
const form = new Form(json);
const begin = await theirs.load(xml, form.language);
const found = new Map();
for (let seed = Number(first); seed <= Number(last); seed += 1) fill(new Both(form, begin), seed, Number(steps), found);
process.stdout.write(JSON.stringify([...found.values()]));
