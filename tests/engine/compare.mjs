// Fills the same forms in ODK's engine and in the phone's own modules, and fails where they differ unlisted:
//   node compare.mjs --forms FOLDER --baraza FILE --xls2xform FILE [--sequences 200] [--own 50] [--only FORM]
// Every form that pyxform accepts is filled from pyxform's XML, and every form that we import from our own XML.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const run = promisify(execFile);
const HERE = dirname(fileURLToPath(import.meta.url));
/** Sequences of one process, so that two of them share the work evenly. */
const SHARE = 50;
const AT_ONCE = 2;
const STEPS = 40;

const { values: options } = parseArgs({
  options: {
    forms: { type: 'string' },
    baraza: { type: 'string' },
    xls2xform: { type: 'string' },
    sequences: { type: 'string', default: '200' },
    own: { type: 'string', default: '50' },
    only: { type: 'string' },
  },
});

/** @typedef {{form: string, xml: 'pyxform' | 'baraza', first: number, last: number, files: string[]}} Job */

/** What a program writes with, or null where it refuses. */
async function written(program, args, file) {
  try {
    await run(program, args, { maxBuffer: 1 << 26 });
  } catch (error) {
    if (error.code === 'ENOENT') throw error;
    return null;
  }
  return existsSync(file) ? file : null;
}

/** The XML and JSON of a form, each null where its maker refuses it. */
async function prepared(path, folder) {
  const form = basename(path, extname(path));
  const [json, own, theirs] = ['json', 'own.xml', 'xml'].map((ending) => join(folder, `${form}.${ending}`));
  return {
    form,
    json: await written(options.baraza, ['convert', path, '--to', 'json', '--out', json], json),
    baraza: await written(options.baraza, ['convert', path, '--to', 'xform', '--out', own], own),
    pyxform: await written(options.xls2xform, ['--skip_validate', path, theirs], theirs),
  };
}

/** @returns {Job[]} */
function jobsOf({ form, json, baraza, pyxform }) {
  const jobs = [];
  const add = (xml, file, most) => {
    for (let first = 1; first <= most; first += SHARE) {
      jobs.push({ form, xml, first, last: Math.min(most, first + SHARE - 1), files: [json, file] });
    }
  };
  if (json && pyxform) add('pyxform', pyxform, Number(options.sequences));
  if (json && baraza) add('baraza', baraza, Number(options.own));
  return jobs;
}

/** @param {Job} job @returns {Promise<any[]>} */
async function differencesOf({ form, xml, first, last, files }) {
  const args = [join(HERE, 'sequences.mjs'), ...files, first, last, STEPS].map(String);
  const env = { ...process.env, TZ: 'UTC' };
  const { stdout } = await run(process.execPath, args, { env, maxBuffer: 1 << 28 });
  return JSON.parse(stdout).map((difference) => ({ form, xml, ...difference }));
}

/** Runs the jobs, so many at once. */
async function all(jobs) {
  const found = [];
  const left = [...jobs];
  const worker = async () => {
    for (let job = left.shift(); job; job = left.shift()) found.push(...(await differencesOf(job)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found;
}

/** The list of differences that are known, as one entry for each form, node, kind and XML. */
function listed() {
  const known = new Map();
  for (const entry of JSON.parse(readFileSync(join(HERE, 'differences.json'), 'utf8'))) {
    for (const [form, kinds] of Object.entries(entry.where)) {
      for (const [kind, nodes] of Object.entries(kinds)) {
        for (const node of nodes) for (const xml of entry.xml) known.set(`${form} ${node} ${kind} ${xml}`, entry);
      }
    }
  }
  return known;
}

function show({ form, xml, path, kind, ours, theirs, times, seed, after }) {
  console.log(`\nNOT LISTED: ${form} (XML of ${xml}), ${path}: ${kind}, ${times} times`);
  console.log(`  ours   ${JSON.stringify(ours)}\n  theirs ${JSON.stringify(theirs)}\n  after sequence ${seed}:`);
  for (const line of after) console.log(`    ${line}`);
}

/** @returns {number} how many faults there are */
function judge(found, forms) {
  const known = listed();
  const seen = new Set();
  let faults = 0;
  for (const difference of found) {
    const key = `${difference.form} ${difference.path} ${difference.kind} ${difference.xml}`;
    if (!seen.has(key) && !known.has(key)) {
      show(difference);
      faults += 1;
    }
    seen.add(key);
  }
  for (const key of known.keys()) {
    if (seen.has(key) || !forms.has(key.split(' ')[0])) continue;
    console.log(`\nLISTED, BUT IT DOES NOT OCCUR: ${key}`);
    faults += 1;
  }
  console.log(`${seen.size} differences by form, node, kind and XML; ${known.size} are listed; ${faults} faults`);
  return faults;
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  try {
    const paths = readdirSync(options.forms).filter((name) => name.endsWith('.xlsx')).map((name) => join(options.forms, name));
    paths.push(join(HERE, 'corners.md'));
    const wanted = paths.filter((path) => !options.only || basename(path).startsWith(options.only));
    const forms = [];
    for (const path of wanted) forms.push(await prepared(path, folder));
    let faults = 0;
    for (const { form, json, pyxform } of forms) {
      console.log(`${form}: ${pyxform ? 'accepted' : 'refused'} by pyxform, ${json ? 'imported' : 'refused'} here`);
      if (pyxform && !json) faults += 1;
    }
    // The longest first, so that no process is left alone at the end.
    const size = (job) => statSync(job.files[0]).size;
    const jobs = forms.flatMap(jobsOf).sort((a, b) => size(b) - size(a));
    const count = jobs.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    console.log(`${count} sequences of ${STEPS} steps`);
    faults += judge(await all(jobs), new Set(forms.map(({ form }) => form)));
    return faults;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

process.exitCode = (await main()) ? 1 : 0;
