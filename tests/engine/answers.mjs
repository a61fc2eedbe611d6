// Random answers, as our side keeps them: mostly such as a person gives, sometimes none, sometimes odd ones.

import { pick, whole } from './chance.mjs';

const WORDS = ['Amina', 'north', '12', '0712345678', 'a@b.org', 'x', 'two words', '-1', '3.5', 'Été'];
const SIZES = [[0, 4], [0, 20], [0, 120], [-3, 3], [0, 5000]];

/** @type {Record<string, (random: () => number, node: any) => any>} */
const MADE = {
  integer: (random) => whole(random, ...pick(random, SIZES)),
  decimal: (random) => whole(random, ...pick(random, SIZES)) / pick(random, [1, 2, 10]),
  range: (random, { parameters }) => {
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(parameters[name]));
    return start + step * whole(random, 0, Math.floor((end - start) / step));
  },
  date: (random) => `${whole(random, 1940, 2027)}-${two(random, 1, 12)}-${two(random, 1, 28)}`,
  time: (random) => `${two(random, 0, 23)}:${two(random, 0, 59)}:00.000+00:00`,
  date_time: (random) => `${MADE.date(random)}T${MADE.time(random)}`,
  geopoint: point,
  geotrace: (random) => `${point(random)};${point(random)}`,
  geoshape: (random) => {
    const first = point(random);
    return `${first};${point(random)};${point(random)};${first}`;
  },
  acknowledge: () => 'OK',
  text: (random) => pick(random, WORDS),
  barcode: (random) => pick(random, WORDS),
};

/**
 * @param {() => number} random
 * @param {{kind: string, parameters?: any}} node
 * @param {string[]} offered codes, of a question with choices
 * @param {boolean} counts whether it says how many instances a repeat has, so that it had better be small
 * @returns {any} undefined for no answer
 */
export function answer(random, node, offered, counts) {
  if (random() < 0.12) return undefined;
  if (node.kind === 'select_one') return pick(random, offered);
  if (node.kind === 'select_multiple') return some(random, offered);
  if (node.kind === 'rank') return offered.length ? shuffled(random, offered) : undefined;
  if (counts) return whole(random, -1, 4);
  return MADE[node.kind]?.(random, node);
}

/** One to three, in the order of the list as the engine keeps them. */
function some(random, offered) {
  const wanted = new Set();
  for (let left = whole(random, 1, 3); left && offered.length; left -= 1) wanted.add(pick(random, offered));
  return wanted.size ? offered.filter((code, at) => wanted.has(code) && offered.indexOf(code) === at) : undefined;
}

function shuffled(random, codes) {
  const left = [...codes];
  const out = [];
  while (left.length) out.push(...left.splice(Math.floor(random() * left.length), 1));
  return out;
}

function point(random) {
  // With decimals, as ODK writes them.
  const [latitude, longitude] = [whole(random, -800, 800) / 10, whole(random, -1700, 1700) / 10];
  return `${latitude.toFixed(1)} ${longitude.toFixed(1)} ${whole(random, 0, 900)}.0 5.0`;
}

function two(random, from, to) {
  return String(whole(random, from, to)).padStart(2, '0');
}
