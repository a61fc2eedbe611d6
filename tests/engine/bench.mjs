// Prints how long things take, beside pyxform and the engine; it judges nothing:
//   node bench.mjs --forms FOLDER --baraza FILE --xls2xform FILE [--rounds 5]

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

// The engine's world stops the clock; this one goes on.
const clock = performance.now.bind(performance);

const { values: options } = parseArgs({
  options: {
    forms: { type: 'string' },
    baraza: { type: 'string' },
    xls2xform: { type: 'string' },
    rounds: { type: 'string', default: '5' },
  },
});
const ROUNDS = Number(options.rounds);
const LARGEST = 'UNHCR_RMS_CAPI_v2.xlsx';
const LONGEST = 'REACH_2024_MSNA-kobo-tool_draft_v11.xlsx';

/** The middle of so many runs, in milliseconds. */
function median(work) {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = clock();
    work();
    return clock() - start;
  });
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
}

function print(what, ours, theirs, name) {
  const times = (theirs / ours).toFixed(1);
  console.log(`${what}: baraza ${ours.toFixed(1)} ms, ${name} ${theirs.toFixed(1)} ms (${times} times as long)`);
}

function imports(folder) {
  const form = join(options.forms, LARGEST);
  const run = (program, args) => {
    const { error } = spawnSync(program, args, { stdio: 'ignore' });
    if (error) throw error;
  };
  const ours = median(() => run(options.baraza, ['check', form]));
  const theirs = median(() => run(options.xls2xform, ['--skip_validate', form, join(folder, 'x.xml')]));
  print(`import of ${LARGEST}`, ours, theirs, 'pyxform');
}

/** An answer with all that follows from it, on a form with a household of four. */
async function keystrokes(folder) {
  const { Form } = await import('./ours.mjs');
  const engine = await import('./theirs.mjs');
  const { Both } = await import('./both.mjs');
  const path = join(options.forms, LONGEST);
  const [json, xml] = [join(folder, 'f.json'), join(folder, 'f.xml')];
  execFileSync(options.baraza, ['convert', path, '--to', 'json', '--out', json], { stdio: 'ignore' });
  execFileSync(options.xls2xform, ['--skip_validate', path, xml], { stdio: 'ignore' });
  const form = new Form(json);
  const both = new Both(form, await engine.load(xml, form.language));
  const spot = (name) => both.spots().find(({ id }) => form.node(id).name === name);
  both.answer(spot('consent'), 'yes');
  both.answer(spot('hh_size'), 4);
  const { id, scope, node } = spot('ind_age');
  let age = 0;
  const next = () => (age = (age % 90) + 1);
  const ours = median(() => { for (let i = 0; i < 20; i += 1) both.ours.set(id, scope, next()); }) / 20;
  const theirs = median(() => { for (let i = 0; i < 20; i += 1) engine.give(node, next()); }) / 20;
  print(`one answer (${form.paths[id]}) in ${LONGEST}`, ours, theirs, 'xforms-engine');
}

const folder = mkdtempSync(join(tmpdir(), 'engine-bench-'));
try {
  imports(folder);
  await keystrokes(folder);
} finally {
  rmSync(folder, { recursive: true });
}
