// After a response is finished: what became of it, in words.

import { $, h } from './ui.js';

/** Why a response is not taken, where signing in helps. */
export const SIGN_IN = ['signed_out', 'revoked'];

/** The outcome of one response. */
export class Outcome {
  #app;
  #instance;
  #message;
  /** Why, where signing in helps; the way to it stands above the screen. */
  #code = null;

  /** @param {any} app @param {string} instance @param {string | null} thanks the form's own word for a response that has
   * arrived: how the results come back @param {{again: () => void, sendNow: () => void}} does */
  constructor(app, instance, thanks, does) {
    this.#app = app;
    this.#instance = instance;
    this.does = does;
    this.thanks = thanks;
    /** @type {import('./send.js').State} */
    this.state = 'waiting';
  }

  /** @param {import('./send.js').News} news @returns {boolean} whether it is of this response, and new */
  hear({ instance, state, message, code }) {
    if (instance !== this.#instance || state === this.state) return false;
    this.state = state;
    this.#message = message;
    this.#code = SIGN_IN.includes(code) ? code : null;
    return true;
  }

  /** Shows it in place of the form. */
  draw() {
    const { state } = this;
    const { ui, outbox, view } = this.#app;
    document.body.dataset.screen = 'done';
    document.body.dataset.state = state;
    $('bar').hidden = true;
    // In the person's own language, as soon as its texts are here.
    const own = this.#code && ui.texts[`code_${this.#code}`];
    const notes = this.#message ? [own ?? this.#message] : [];
    if (state === 'sent' && this.thanks) notes.push(this.thanks);
    // What only the page holds is not kept.
    const key = state === 'waiting' && !outbox.lasting ? 'unsent' : state;
    if (state !== 'sent' && !outbox.lasting) notes.push(ui.t('memory_only'));
    if (state !== 'sent' && !navigator.serviceWorker) notes.push(ui.t('stay_open'));
    view.done(state, key, notes, this.does);
    if (state !== 'sent' && outbox.lasting) this.#promise(document.querySelector('.outcome'));
  }

  /** Browsers may clear what a page keeps, unless they promise not to. */
  async #promise(outcome) {
    const granted = await navigator.storage?.persist?.().catch(() => false);
    if (!granted) outcome.append(h('p', {}, this.#app.ui.t('not_persistent')));
  }
}
