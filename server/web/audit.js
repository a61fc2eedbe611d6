// How long each question was in sight, for forms that ask for it. Questions that share a screen share its time.

import { isAsked } from './filling.js';

/** Counts while the page is seen. */
export class Audit {
  #seconds;
  #keys = [];
  #since = 0;

  /** @param {Record<string, number>} [seconds] by key, as the draft kept them */
  constructor(seconds = {}) {
    this.#seconds = { ...seconds };
    document.addEventListener('visibilitychange', () => this.#count());
  }

  /** Another screen is in sight. @param {any} filling @param {import('./pages.js').Item[]} items */
  see(filling, items) {
    this.#count();
    this.#keys = items.filter(({ node }) => isAsked(filling.form.nodes[node])).map((item) => keyOf(filling, item));
  }

  /** @returns {Record<string, number>} */
  get seconds() {
    this.#count();
    return { ...this.#seconds };
  }

  /** @returns {string} `key seconds` of each question seen, joined by `;` */
  text() {
    return Object.entries(this.seconds).map(([key, seconds]) => `${key} ${Math.round(seconds * 10) / 10}`).join(';');
  }

  #count() {
    const now = performance.now();
    if (this.#since) for (const key of this.#keys) this.#seconds[key] = (this.#seconds[key] ?? 0) + (now - this.#since) / 1000;
    this.#since = document.visibilityState === 'visible' ? now : 0;
  }
}

/** The key of a question, after those of the repeats around it with the number of the instance: `member[2]/age`. */
function keyOf({ form }, { node, scope }) {
  const around = scope.chain().map((instance) => `${form.nodes[instance.repeat].key}[${instance.index() + 1}]`);
  return [...around, form.nodes[node].key].join('/');
}
