// Outbox → server, one response a request, after its files. A response leaves the phone's memory only when the server
// says that it has it.

/** @typedef {'sent' | 'waiting' | 'attention' | 'partly'} State attention: the server refused it; partly: it has the
 * answers and refused a file; both are kept */

const ACKNOWLEDGED = ['stored', 'already_stored', 'conflict'];
const REFUSALS = [400, 404, 413, 415, 422];
const SHORTEST = 5_000;
const LONGEST = 300_000;
const PATIENCE = 120_000;
/** Photos and sounds take longer than answers. */
const FILE_PATIENCE = 900_000;

/** Sends what the outbox holds, now and again until it is empty. */
export class Sender {
  #running = null;
  #queued = null;
  #timer = 0;
  #failures = 0;

  /**
   * @param {import('./outbox.js').Outbox} outbox
   * @param {(instance: string, state: State, message?: string) => void} told called for each response tried
   */
  constructor(outbox, told) {
    this.outbox = outbox;
    this.told = told;
    addEventListener('online', () => this.flush());
  }

  /** Sends everything kept, refused ones as well unless it is the timer that asks. */
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
    for (const kept of await this.outbox.kept()) {
      if (kept.refused && !refusedToo) continue;
      const outcome = await this.#deliver(kept);
      if (outcome.state === 'sent') await this.outbox.remove(kept.instance);
      if (outcome.message) await this.outbox.update({ ...kept, refused: outcome.message });
      this.told(kept.instance, outcome.state, outcome.message);
      if (outcome.state === 'waiting') {
        // Without a connection the next one would not get through either.
        this.#failures += 1;
        this.#later(outcome.after);
        return;
      }
    }
    this.#failures = 0;
  }

  /** The files first, so that no response on the server names one that is still to come. But answers don't stay
   * behind for a file that the server will not have. */
  async #deliver(kept) {
    const { survey, files, body } = kept;
    try {
      const put = (address, file) => request(survey, address, 'PUT', file, FILE_PATIENCE);
      const failed = files?.length ? await (await import('./files.js')).sendFiles(this.outbox, kept, put) : null;
      if (failed?.state === 'waiting') return failed;
      const said = kept.answered ? { state: 'sent' } : await request(survey, 'responses', 'POST', body, PATIENCE);
      if (said.state !== 'sent' || !failed) return said;
      kept.answered = true;
      return { ...failed, state: 'partly' };
    } catch {
      return { state: 'waiting' };
    }
  }

  #later(asked) {
    const pause = asked ?? Math.min(LONGEST, SHORTEST * 2 ** (this.#failures - 1));
    this.#timer = setTimeout(() => this.flush(false), pause * (1 + Math.random() / 4));
  }
}

async function request(survey, address, method, body, patience) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patience);
  try {
    const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
    const reply = await fetch(`/api/surveys/${encodeURIComponent(survey)}/${address}`, {
      method, body, headers: { 'Content-Type': type }, signal: abort.signal,
    });
    return outcome(reply, await reply.json().catch(() => ({})));
  } finally {
    clearTimeout(timer);
  }
}

/** A 200 alone proves nothing: the sign-in page of a hotspot answers so to everything. */
function outcome(reply, said) {
  if ((reply.status === 200 || reply.status === 409) && ACKNOWLEDGED.includes(said.status)) return { state: 'sent' };
  if (REFUSALS.includes(reply.status) && said.status === 'error') {
    return { state: 'attention', message: String(said.message ?? reply.status) };
  }
  const seconds = Number(reply.headers.get('Retry-After'));
  return { state: 'waiting', after: seconds > 0 ? Math.min(seconds * 1000, LONGEST) : undefined };
}
