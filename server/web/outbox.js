// What the phone keeps: drafts of forms being filled, finished responses until the server has acknowledged them, the
// files that belong to either, and after that only how many were sent. IndexedDB, and memory where that is not to be
// had. Runs in the service worker as well: no document, no window.

const NAME = 'baraza';
const VERSION = 3;
const DRAFTS = 'drafts';
const OUTBOX = 'outbox';
const FILES = 'files';
const FACTS = 'facts';
const STORES = { [DRAFTS]: 'instance', [OUTBOX]: 'instance', [FILES]: ['instance', 'name'], [FACTS]: 'survey' };
/** What browsers say that have no database for the page, as in some private windows. */
const HAS_NONE = ['SecurityError', 'InvalidStateError'];
/** Between tries to open one that is there and does not open, as Chromium's for a while after a crash: ten seconds. */
const PAUSES = [100, 200, 400, 800, 1600, 3200, 3700];
/** Before it is tried again from memory. */
const AGAIN = 15_000;

/** @typedef {{instance: string, survey: string, saved: number, title?: string, place?: number[], [key: string]: any}} Draft
 * place: number of the screen and of all screens */
/** @typedef {{instance: string, survey: string, title?: string, body: string, saved: number, refused?: string, code?: string,
 * files?: string[], sent?: string[], answered?: boolean, tried?: boolean, audit?: any}} Kept body: the exact bytes, so that
 * sending twice is sending the same; files: names of those that go before it; sent: those that the server has; answered:
 * it has the answers, and refused a file; tried: it may have arrived unnoticed */
/** @typedef {{survey: string, title?: string, sent: number, last: number}} Fact what is known of a survey after sending */
/** @typedef {'memory' | 'shut' | 'full' | 'failed' | 'blocked' | null} Trouble memory: nothing outlives the page; shut: the
 * database does not open, and until it does nothing outlives the page; full: no room; failed: the browser could not write;
 * blocked: a page with an older version holds the database */

/** All files of an instance. A browser without a database may lack its ranges. */
const filesOf = (instance) => globalThis.IDBKeyRange?.bound([instance], [instance, []]) ?? { lower: [instance] };

function open(told, version) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, version);
    request.onupgradeneeded = () => {
      const { result } = request;
      for (const [store, keyPath] of Object.entries(STORES)) {
        if (!result.objectStoreNames.contains(store)) result.createObjectStore(store, { keyPath });
      }
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    // A page with an older version lets go when it can; until then it is waited for.
    request.onblocked = () => told('blocked');
  });
}

/** Drafts, finished responses, files. */
export class Outbox {
  #db = null;
  #opened = false;
  #blocked = false;
  #shut = false;
  #memory = null;
  /** While it is being found out where things are kept. @type {Promise<void> | null} */
  #turn = null;
  /** What the last use of each store came to, where it failed. */
  #failed = new Map();

  /** @param {() => void} [told] when keeping gets into trouble or out of it */
  constructor(told = () => {}) {
    this.told = told;
  }

  /** @returns {Trouble} */
  get trouble() {
    if (this.#shut) return 'shut';
    if (this.#memory) return 'memory';
    return this.#blocked ? 'blocked' : [...this.#failed.values()][0] ?? null;
  }

  /** Whether what is being answered outlives the page. */
  get lasting() {
    return !this.#shut && !this.#memory && !this.#failed.has(DRAFTS);
  }

  /** Never fails: what can't be written stays on the page, which says so. @param {Draft} draft */
  async saveDraft(draft) {
    await this.#run([DRAFTS], 'readwrite', (drafts) => drafts.put(draft)).catch(() => {});
  }

  /** @param {string} [survey] or of all @returns {Promise<Draft[]>} newest first */
  async drafts(survey) {
    const all = await this.#all(DRAFTS);
    return all.filter((draft) => !survey || draft.survey === survey).sort((a, b) => b.saved - a.saved);
  }

  /** @param {string} instance */
  async dropDraft(instance) {
    await this.#run([DRAFTS, FILES], 'readwrite', (drafts, files) => {
      drafts.delete(instance);
      files.delete(filesOf(instance));
    }).catch(() => {});
  }

  /** Keeps a finished response with its files and drops its draft and the files that are no answers any more: all or
   * nothing, on disk before anything is sent. Fails where that could not be done: then the draft is still there.
   * @param {Kept} kept */
  async finish(kept) {
    const names = (await this.#run([FILES], 'readonly', (files) => files.getAllKeys(filesOf(kept.instance)))).map(([, name]) => name);
    kept.files = names.filter((name) => kept.body.includes(name));
    await this.#run([OUTBOX, DRAFTS, FILES], 'readwrite', (outbox, drafts, files) => {
      outbox.put(kept);
      drafts.delete(kept.instance);
      for (const name of names) if (!kept.files.includes(name)) files.delete([kept.instance, name]);
    });
  }

  /** Takes a response back to the drafts, unless it was sent meanwhile.
   * @param {Draft} draft made of it @returns {Promise<boolean>} whether it was still there */
  async takeBack(draft) {
    let found = false;
    await this.#run([OUTBOX, DRAFTS], 'readwrite', (outbox, drafts) => {
      found = false;
      then(outbox.get(draft.instance), (kept) => {
        found = Boolean(kept);
        if (!kept) return;
        outbox.delete(draft.instance);
        drafts.put(draft);
      });
    });
    return found;
  }

  /** @returns {Promise<Kept[]>} oldest first */
  async kept() {
    const all = await this.#all(OUTBOX);
    return all.sort((a, b) => a.saved - b.saved);
  }

  /** Changes what is known of responses that are still here. @param {string[]} instances
   * @param {Partial<Kept>} changes undefined takes a property away */
  async change(instances, changes) {
    await this.#run([OUTBOX], 'readwrite', (outbox) => {
      for (const instance of instances) {
        then(outbox.get(instance), (kept) => { if (kept) outbox.put({ ...kept, ...changes }); });
      }
    }).catch(() => {});
  }

  /** Only after the server has acknowledged: forgets the answers and their files, and counts.
   * @param {string} instance */
  async remove(instance) {
    await this.#run([OUTBOX, FILES, FACTS], 'readwrite', (outbox, files, facts) => {
      then(outbox.get(instance), (kept) => {
        // Taken back to the drafts meanwhile: its files are still needed there.
        if (!kept) return;
        outbox.delete(instance);
        files.delete(filesOf(instance));
        const { survey, title } = kept;
        then(facts.get(survey), (fact) => facts.put({ survey, title: title ?? fact?.title, sent: (fact?.sent ?? 0) + 1, last: Date.now() }));
      });
    }).catch(() => {});
  }

  /** @returns {Promise<Fact[]>} the survey that something was sent of last comes first */
  async facts() {
    const all = await this.#all(FACTS);
    return all.sort((a, b) => b.last - a.last);
  }

  /** @param {{instance: string, name: string, blob: Blob}} file of a draft */
  async saveFile(file) {
    await this.#run([FILES], 'readwrite', (files) => files.put(file));
  }

  /** Fails where it could not be read: that is not to be taken for a file that is not there.
   * @param {string} instance @param {string} name @returns {Promise<Blob | undefined>} */
  async file(instance, name) {
    return (await this.#run([FILES], 'readonly', (files) => files.get([instance, name])))?.blob;
  }

  /** @param {string} instance @param {string} name */
  async dropFile(instance, name) {
    await this.#run([FILES], 'readwrite', (files) => files.delete([instance, name])).catch(() => {});
  }

  /** Forgets files that belong to nothing, as when a page was closed while one was being kept.
   * @param {string} current an instance that may have no draft yet */
  async sweep(current) {
    try {
      await this.#run([FILES, DRAFTS, OUTBOX], 'readwrite', (files, ...owners) => {
        const known = new Set([current]);
        for (const owner of owners) then(owner.getAllKeys(), (keys) => keys.forEach((key) => known.add(key)));
        then(files.getAllKeys(), (keys) => {
          for (const key of keys) if (!known.has(key[0])) files.delete(key);
        });
      });
    } catch { /* another time */ }
  }

  async #all(store) {
    return this.#run([store], 'readonly', (objects) => objects.getAll()).catch(() => []);
  }

  /** Safari closes databases under a running page, so a failed transaction is tried once on a fresh connection. */
  async #run(stores, mode, work) {
    if (await this.#remembers()) return work(...stores.map((store) => this.#memory[store]))?.result;
    try {
      const result = await transact(await this.#open(), stores, mode, work).catch(async (error) => {
        if (isFull(error)) throw error;
        this.#close();
        return transact(await this.#open(), stores, mode, work);
      });
      this.#came(stores, null);
      return result;
    } catch (error) {
      this.#came(stores.slice(0, 1), isFull(error) ? 'full' : 'failed');
      throw error;
    }
  }

  #came(stores, trouble) {
    const before = this.trouble;
    for (const store of stores) {
      if (trouble) this.#failed.set(store, trouble);
      else this.#failed.delete(store);
    }
    if (this.trouble !== before) this.told();
  }

  /** Whether all is in memory for now. A database that was open once is there. */
  async #remembers() {
    if (!this.#opened && !this.#memory) this.#turn ??= this.#begin().finally(() => { this.#turn = null; });
    await this.#turn;
    return this.#memory !== null;
  }

  async #begin() {
    for (const pause of PAUSES) {
      try {
        await this.#open();
        return this.#isShut(false);
      } catch (error) {
        if (!globalThis.indexedDB || HAS_NONE.includes(error?.name)) return this.#useMemory();
      }
      this.#isShut(true);
      await later(pause);
    }
    await this.#useMemory();
    return this.#comeBack();
  }

  #isShut(shut) {
    if (this.#shut === shut) return;
    this.#shut = shut;
    this.told();
  }

  async #useMemory() {
    const { Memory } = await import('./memory.js');
    this.#memory = Object.fromEntries(Object.entries(STORES).map(([store, keyPath]) => [store, new Memory(keyPath)]));
    this.told();
  }

  #comeBack() {
    setTimeout(() => {
      this.#turn = this.#moveIn().catch(() => this.#comeBack()).finally(() => { this.#turn = null; });
    }, AGAIN);
  }

  /** What came while the database did not open goes there, beside what was there before. */
  async #moveIn() {
    const names = Object.keys(STORES);
    await transact(await this.#open(), names, 'readwrite', (...stores) => {
      for (const [at, store] of stores.entries()) {
        for (const one of this.#memory[names[at]].getAll().result) {
          if (names[at] === FACTS) then(store.get(one.survey), (fact) => store.put({ ...one, sent: one.sent + (fact?.sent ?? 0) }));
          else store.put(one);
        }
      }
    });
    this.#memory = null;
    this.#isShut(false);
  }

  #close() {
    this.#db?.then((db) => db.close(), () => {});
    this.#db = null;
  }

  #open() {
    this.#db ??= this.#connect().catch((error) => {
      this.#db = null;
      throw error;
    });
    return this.#db;
  }

  async #connect() {
    const blocked = () => {
      this.#blocked = true;
      this.told();
    };
    // A newer page has been here: stores are added and never dropped, so that this one can go on with them.
    const db = await open(blocked, VERSION).catch((error) => {
      if (error?.name === 'VersionError') return open(blocked);
      throw error;
    });
    db.onclose = () => { this.#db = null; };
    db.onversionchange = () => {
      db.close();
      this.#db = null;
    };
    this.#opened = true;
    if (this.#blocked) {
      this.#blocked = false;
      this.told();
    }
    return db;
  }
}

const later = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

const isFull = (error) => error?.name === 'QuotaExceededError';

/** Goes on with what a request gave, within its transaction. */
function then(request, next) {
  if ('onsuccess' in request) request.onsuccess = () => next(request.result);
  else next(request.result);
}

/** Resolves once the transaction is on disk: Chromium does not wait for the disk unless asked to. */
function transact(db, stores, mode, work) {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(stores, mode, { durability: 'strict' });
    let request;
    let fault = null;
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = () => reject(fault ?? transaction.error ?? new Error('aborted'));
    try {
      request = work(...stores.map((store) => transaction.objectStore(store)));
    } catch (error) {
      // What was begun before it would be written otherwise.
      fault = error;
      transaction.abort();
    }
  });
}
