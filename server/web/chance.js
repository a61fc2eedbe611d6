// Orders that a seed decides, the same in every client of ODK's specification. Pure.

import { hashes } from './digest.js';
import { scalar, toNumber, toText } from './values.js';
import { utf8 } from './utf8.js';

const MODULUS = 2147483647;

/** Words count by the first 64 bits of their hash, a number with sign, here already its remainder. */
function remainderOfHash(text) {
  const data = new DataView(hashes['SHA-256'](utf8(text)).buffer);
  // 2 to the power of 32 leaves 2.
  const left = (data.getInt32(0) * 2 + data.getUint32(4)) % MODULUS;
  return data.getInt32(0) < 0 && left > 0 ? left - MODULUS : left;
}

/** What a seed leaves when divided by the modulus, with its sign, after a cast to 64 bits as in Java. */
function remainder(value) {
  const [seed, text] = [toNumber(value), toText(value)];
  if (Number.isNaN(seed)) return text === '' ? 0 : remainderOfHash(text);
  // The outermost whole numbers of 64 bits leave 1 and -2.
  if (Math.abs(seed) >= 2 ** 63) return seed > 0 ? 1 : -2;
  return Math.trunc(seed) % MODULUS;
}

/** The generator of Park and Miller (1988). @returns {() => number} from 0 to 1 */
function seeded(value) {
  let state = remainder(value);
  if (state <= 0) state += MODULUS - 1;
  return () => {
    state = (state * 16807) % MODULUS;
    return (state - 1) / (MODULUS - 1);
  };
}

/** Fisher and Yates, from the inside out. @template T @param {T[]} list @param {() => number} next @returns {T[]} */
export function shuffledWith(list, next) {
  const out = [];
  list.forEach((item, i) => {
    const j = Math.floor(next() * (i + 1));
    if (j !== i) out[i] = out[j];
    out[j] = item;
  });
  return out;
}

/** The same order for the same seed. @template T @param {T[]} list @param {import('./values.js').Value} seed @returns {T[]} */
export const shuffledBy = (list, seed) => shuffledWith(list, seeded(scalar(seed)));
