// What the phone keeps: drafts of forms being filled, and finished responses until the server has acknowledged them.
// IndexedDB, and memory where that is not to be had.

const DRAFTS = 'drafts';
const OUTBOX = 'outbox';

/** @typedef {{instance: string, survey: string, saved: number, [key: string]: any}} Draft */
/** @typedef {{instance: string, survey: string, body: string, saved: number, refused?: string}} Kept body: the exact
 * bytes, so that sending twice is sending the same */

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('baraza', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(DRAFTS, { keyPath: 'instance' });
      request.result.createObjectStore(OUTBOX, { keyPath: 'instance' });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('blocked'));
  });
}

/** Drafts and finished responses. */
export class Outbox {
  #db = null;
  #memory = new Map();

  constructor() {
    /** Whether what is kept outlives the page. */
    this.lasting = true;
  }

  /** @param {Draft} draft */
  async saveDraft(draft) {
    try {
      await this.#run([DRAFTS], 'readwrite', (drafts) => drafts.put(draft));
    } catch {
      this.lasting = false;
    }
  }

  /** @param {string} survey @returns {Promise<Draft[]>} newest first */
  async drafts(survey) {
    const all = await this.#all(DRAFTS);
    return all.filter((draft) => draft.survey === survey).sort((a, b) => b.saved - a.saved);
  }

  /** @param {string} instance */
  async dropDraft(instance) {
    await this.#run([DRAFTS], 'readwrite', (drafts) => drafts.delete(instance)).catch(() => {});
  }

  /** Keeps a finished response and drops its draft, both or neither, on disk before anything is sent. @param {Kept} kept */
  async finish(kept) {
    try {
      await this.#run([OUTBOX, DRAFTS], 'readwrite', (outbox, drafts) => {
        outbox.put(kept);
        drafts.delete(kept.instance);
      });
    } catch {
      this.lasting = false;
      this.#memory.set(kept.instance, kept);
    }
  }

  /** @returns {Promise<Kept[]>} oldest first */
  async kept() {
    const all = [...(await this.#all(OUTBOX)), ...this.#memory.values()];
    return all.sort((a, b) => a.saved - b.saved);
  }

  /** @param {Kept} kept @param {string} refused what the server said */
  async refuse(kept, refused) {
    const marked = { ...kept, refused };
    if (this.#memory.has(kept.instance)) this.#memory.set(kept.instance, marked);
    else await this.#run([OUTBOX], 'readwrite', (outbox) => outbox.put(marked)).catch(() => {});
  }

  /** Only after the server has acknowledged. @param {string} instance */
  async remove(instance) {
    this.#memory.delete(instance);
    await this.#run([OUTBOX], 'readwrite', (outbox) => outbox.delete(instance)).catch(() => {});
  }

  async #all(store) {
    try {
      return await this.#run([store], 'readonly', (objects) => objects.getAll());
    } catch {
      this.lasting = false;
      return [];
    }
  }

  /** Safari closes databases under a running page, so a failed transaction is tried once on a fresh connection. */
  async #run(stores, mode, work) {
    try {
      return await transact(await this.#open(), stores, mode, work);
    } catch {
      this.#db = null;
      return transact(await this.#open(), stores, mode, work);
    }
  }

  async #open() {
    if (this.#db) return this.#db;
    const db = await open();
    db.onclose = () => { this.#db = null; };
    db.onversionchange = () => {
      db.close();
      this.#db = null;
    };
    this.#db = db;
    return db;
  }
}

/** Resolves once the transaction is on disk: Chromium does not wait for the disk unless asked to. */
function transact(db, stores, mode, work) {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(stores, mode, { durability: 'strict' });
    const request = work(...stores.map((store) => transaction.objectStore(store)));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = () => reject(transaction.error);
    transaction.onerror = () => reject(transaction.error);
  });
}
