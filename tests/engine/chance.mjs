// Reproducible chance.

/** Mulberry32 (Tommy Ettinger 2017). @param {number} seed @returns {() => number} numbers from 0 up to 1 */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** @template T @param {() => number} random @param {T[]} from @returns {T} */
export const pick = (random, from) => from[Math.floor(random() * from.length)];

/** @param {() => number} random @param {number} from @param {number} to both included @returns {number} */
export const whole = (random, from, to) => from + Math.floor(random() * (to - from + 1));
