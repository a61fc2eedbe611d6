// What the phone keeps: drafts of forms being filled, finished responses until the server has acknowledged them, and
// the files that belong to either. IndexedDB, and memory where that is not to be had.

const DRAFTS = 'drafts';
const OUTBOX = 'outbox';
const FILES = 'files';
const STORES = { [DRAFTS]: 'instance', [OUTBOX]: 'instance', [FILES]: ['instance', 'name'] };

/** @typedef {{instance: string, survey: string, saved: number, [key: string]: any}} Draft */
/** @typedef {{instance: string, survey: string, body: string, saved: number, refused?: string, files?: string[],
 * sent?: string[], answered?: boolean}} Kept body: the exact bytes, so that sending twice is sending the same; files: names of those that go
 * before it; sent: those that the server has; answered: it has the answers, and refused a file */

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('baraza', 2);
    request.onupgradeneeded = () => {
      const { result } = request;
      for (const [store, keyPath] of Object.entries(STORES)) {
        if (!result.objectStoreNames.contains(store)) result.createObjectStore(store, { keyPath });
      }
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('blocked'));
  });
}

const filesOf = (instance) => IDBKeyRange.bound([instance], [instance, []]);

/** Drafts, finished responses, files. */
export class Outbox {
  #db = null;
  #memory = new Map();
  #files = new Map();

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

  /** @param {string} [survey] or of all @returns {Promise<Draft[]>} newest first */
  async drafts(survey) {
    const all = await this.#all(DRAFTS);
    return all.filter((draft) => !survey || draft.survey === survey).sort((a, b) => b.saved - a.saved);
  }

  /** @param {string} instance */
  async dropDraft(instance) {
    await this.#forget(DRAFTS, instance);
  }

  /** Keeps a finished response with its files and drops its draft and the files that are no answers any more: all or
   * nothing, on disk before anything is sent. @param {Kept} kept */
  async finish(kept) {
    const files = await this.#filesOf(kept.instance);
    kept.files = files.filter((name) => kept.body.includes(name));
    await Promise.all(files.filter((name) => !kept.files.includes(name)).map((name) => this.dropFile(kept.instance, name)));
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

  /** @param {Kept} kept as it is now: refused, or some of its files sent */
  async update(kept) {
    if (this.#memory.has(kept.instance)) this.#memory.set(kept.instance, kept);
    else await this.#run([OUTBOX], 'readwrite', (outbox) => outbox.put(kept)).catch(() => {});
  }

  /** Only after the server has acknowledged. @param {string} instance */
  async remove(instance) {
    this.#memory.delete(instance);
    await this.#forget(OUTBOX, instance);
  }

  /** @param {{instance: string, name: string, blob: Blob}} file of a draft */
  async saveFile(file) {
    try {
      await this.#run([FILES], 'readwrite', (files) => files.put(file));
    } catch {
      this.lasting = false;
      this.#files.set(`${file.instance} ${file.name}`, file.blob);
    }
  }

  /** @param {string} instance @param {string} name @returns {Promise<Blob | undefined>} */
  async file(instance, name) {
    const kept = this.#files.get(`${instance} ${name}`);
    return kept ?? (await this.#run([FILES], 'readonly', (files) => files.get([instance, name])).catch(() => {}))?.blob;
  }

  /** @param {string} instance @param {string} name */
  async dropFile(instance, name) {
    this.#files.delete(`${instance} ${name}`);
    await this.#run([FILES], 'readwrite', (files) => files.delete([instance, name])).catch(() => {});
  }

  /** Forgets files that belong to nothing, as when a page was closed while one was being kept.
   * @param {string} current an instance that may have no draft yet */
  async sweep(current) {
    const keys = (store) => this.#run([store], 'readonly', (objects) => objects.getAllKeys());
    try {
      const [files, ...owners] = await Promise.all([FILES, DRAFTS, OUTBOX].map(keys));
      const known = new Set([current, ...owners.flat(), ...this.#memory.keys()]);
      await Promise.all(files.filter(([instance]) => !known.has(instance)).map((key) => this.dropFile(...key)));
    } catch { /* without a database there is nothing to forget */ }
  }

  async #filesOf(instance) {
    const kept = await this.#run([FILES], 'readonly', (files) => files.getAllKeys(filesOf(instance))).catch(() => []);
    const inMemory = [...this.#files.keys()].map((key) => key.split(' ')).filter(([of]) => of === instance);
    return [...kept, ...inMemory].map(([, name]) => name);
  }

  /** A draft or response with its files. */
  async #forget(store, instance) {
    for (const key of this.#files.keys()) if (key.startsWith(`${instance} `)) this.#files.delete(key);
    await this.#run([store, FILES], 'readwrite', (objects, files) => {
      objects.delete(instance);
      files.delete(filesOf(instance));
    }).catch(() => {});
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
