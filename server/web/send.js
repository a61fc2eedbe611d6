// When the outbox is sent: now and again until it is empty, by one page or worker at a time. What is said to the server
// is in round.js. Runs in the service worker as well: no document, no window.

/** @typedef {'sending' | 'sent' | 'waiting' | 'attention' | 'partly'} State attention: the server refused it; partly: it
 * has the answers and refused a file; both are kept */
/** @typedef {{instance: string, state: State, message?: string, code?: string}} News */

const SHORTEST = 5_000;
const LONGEST = 300_000;
/** Another page may be asleep while it sends. */
const TURN = 30_000;

/** Sends what the outbox holds. */
export class Sender {
  #running = null;
  #queued = null;
  #timer = 0;
  #failures = 0;
  #memory = {};
  #others = globalThis.BroadcastChannel ? new BroadcastChannel('baraza') : null;

  /**
   * @param {import('./outbox.js').Outbox} outbox
   * @param {(news: News) => void} told what becomes of responses, here and in other pages
   */
  constructor(outbox, told) {
    this.outbox = outbox;
    this.told = told;
    /** Instances on their way. */
    this.sending = new Set();
    if (this.#others) this.#others.onmessage = ({ data }) => this.#hear(data);
  }

  /** Nobody needs it before there is something to send. @returns {Promise<{round: Function}>} */
  load() {
    return import('./round.js');
  }

  /** Sends everything kept, refused ones as well unless it is the timer that asks.
   * @returns {Promise<boolean>} whether something still waits */
  flush(refusedToo = true) {
    if (this.#running) {
      // The round under way may have begun before the newest response was there.
      this.#queued ??= this.#running.then(() => {
        this.#queued = null;
        return this.flush(refusedToo);
      });
      return this.#queued;
    }
    this.#running = this.#flush(refusedToo).finally(() => { this.#running = null; });
    return this.#running;
  }

  async #flush(refusedToo) {
    clearTimeout(this.#timer);
    if (!(await this.outbox.kept()).length) return false;
    let outcome = { waiting: true };
    try {
      const { round } = await this.load();
      outcome = await alone(() => {
        // Nobody else sends now; a page that was closed in the middle has said no more.
        this.sending.clear();
        return round(this.outbox, (news) => this.#tell(news), refusedToo, this.#memory);
      });
    } catch { /* as without a connection */ }
    this.#failures = outcome.waiting ? this.#failures + 1 : 0;
    if (outcome.waiting) this.#later(outcome.after);
    return outcome.waiting;
  }

  #tell(news) {
    this.#others?.postMessage(news);
    this.#hear(news);
  }

  #hear(news) {
    if (news.state === 'sending') this.sending.add(news.instance);
    else this.sending.delete(news.instance);
    this.told(news);
  }

  /** Half of a pause is chance: phones that lost the same connection should not come back at the same moment. */
  #later(asked) {
    const pause = Math.min(LONGEST, asked ?? SHORTEST * 2 ** Math.min(this.#failures - 1, 10));
    this.#timer = setTimeout(() => this.flush(false), pause * (1 + Math.random() / 2));
  }
}

/** Pages and the worker take turns. Without locks two may send the same, which the server stores once. */
async function alone(work) {
  const { locks } = navigator;
  if (!locks) return work();
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TURN);
  return locks.request('baraza send', { signal: abort.signal }, () => {
    clearTimeout(timer);
    return work();
  });
}
