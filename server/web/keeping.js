// What the page does for what it keeps: says how that goes, sends it whenever there may be a connection, and brings what
// is needed for that with the first answer.

import { Outbox } from './outbox.js';
import { Sender } from './send.js';
import { Line, show } from './status.js';

/** The page's side of outbox and sending. */
export class Keeping {
  #app;
  #begun = false;
  #warning = null;
  #trouble = null;

  /** @param {any} app @param {() => void} changed when there is something else to say
   * @param {(news: import('./send.js').News) => void} told */
  constructor(app, changed, told) {
    this.#app = app;
    this.changed = changed;
    this.outbox = new Outbox(() => this.#heard());
    this.sender = new Sender(this.outbox, told);
    this.line = new Line(this.outbox, this.sender);
  }

  /** Another place for all that is kept. @param {Outbox} outbox */
  keepIn(outbox) {
    for (const user of [this, this.sender, this.line]) user.outbox = outbox;
  }

  #heard() {
    const before = this.#trouble;
    this.#trouble = this.outbox.trouble;
    this.changed();
    // What was there all the time can be seen and sent again.
    if (before !== 'shut' || this.#trouble || !this.#app.ui) return;
    this.refresh();
    this.sendNow(false);
  }

  /** Whenever there may be a connection again. */
  sendOften() {
    addEventListener('online', () => this.sendNow(false));
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.sendNow(false); });
    this.refresh();
    this.sendNow();
  }

  /** Where the browser can, what then still waits is sent with no page open.
   * @param {boolean} [refusedToo] what the server refused before as well */
  async sendNow(refusedToo = true) {
    if (!(await this.sender.flush(refusedToo))) return;
    const worker = await navigator.serviceWorker?.getRegistration();
    await worker?.sync?.register('baraza-outbox').catch(() => {});
  }

  /** Of the line always in sight. */
  refresh() {
    return this.line.refresh(this.#app.ui);
  }

  /** The first answer is kept: from now on texts and modules are needed that nobody has to wait for before. */
  async begin() {
    if (this.#begun) return;
    this.#begun = true;
    try {
      const [{ watch }] = await Promise.all([import('./storage.js'), this.#app.ui.more('shelf'), this.sender.load()]);
      await watch(Boolean(this.#app.extras.hasFiles), (key, values) => {
        this.#warning = key && { key, values };
        this.changed();
      });
      // What is needed for reading and saving what waits, and where the database does not open, may be wanted where
      // nothing can be loaded any more.
      const [{ look }] = await Promise.all([import('./shelf.js'), import('./outbox-file.js'), import('./memory.js')]);
      await look();
    } catch { /* without a connection they come when they are asked for */ }
  }

  /** @param {(import('./status.js').Line | false | null)[]} more what else there is to say */
  async say(more) {
    const { ui } = this.#app;
    const { trouble } = this.outbox;
    // Where the words for it can't be had, those that came with the page are true as well.
    const named = trouble && trouble !== 'memory' && (await ui.more('shelf').then(() => true, () => false));
    // It is over or another one meanwhile, and that is said already.
    if (this.outbox.trouble !== trouble) return;
    show([
      trouble && { text: ui.t(named ? `trouble_${trouble}` : 'memory_only') },
      this.#warning && { text: ui.t(this.#warning.key, this.#warning.values) },
      ...more,
    ].filter(Boolean));
  }
}

/** A reload opens the draft that the address names. @param {string | null} instance @param {any} [state] for the history */
export function inAddress(instance, state = history.state) {
  const url = new URL(location.href);
  url.searchParams.delete('draft');
  if (instance) url.searchParams.set('draft', instance);
  history.replaceState(state, '', url);
}
