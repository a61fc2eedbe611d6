// Tells a phone that is shaken from one that is carried, ridden with, put down or dropped. Pure.

/** Walking stays under 8 m/s², a bad road throws up to this now and then; a hand that shakes goes far over it. */
const STRONG = 15;
/** A hand turns six to ten times a second; what falls or hits a hole turns two or three times, and rests. */
const TURNS = 5;
const WITHIN = 1000;
/** How much of the reading goes into the estimate of gravity, where the phone does not take it away itself. */
const SLOW = 0.1;

/** Looks at the accelerations of one phone. */
export class Shake {
  #gravity = null;
  #last = null;
  #turns = [];

  /** @param {number} time in milliseconds @param {{x: number, y: number, z: number}} felt in m/s²
   * @param {boolean} withGravity whether gravity is part of it @returns {boolean} whether that makes it a shake */
  feel(time, felt, withGravity) {
    const force = withGravity ? this.#moved([felt.x, felt.y, felt.z]) : [felt.x, felt.y, felt.z];
    if (Math.hypot(...force) < STRONG) return false;
    const turned = this.#last !== null && force.reduce((sum, part, axis) => sum + part * this.#last[axis], 0) < 0;
    this.#last = force;
    if (!turned) return false;
    this.#turns = [...this.#turns.filter((turn) => time - turn < WITHIN), time];
    if (this.#turns.length < TURNS) return false;
    this.#turns = [];
    return true;
  }

  #moved(felt) {
    this.#gravity = this.#gravity?.map((part, axis) => part + SLOW * (felt[axis] - part)) ?? felt;
    return felt.map((part, axis) => part - this.#gravity[axis]);
  }
}
