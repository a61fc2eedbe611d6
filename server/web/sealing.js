// Drafts and their files under a key that a PIN unlocks: PBKDF2 makes of the PIN what the key is wrapped with, AES-GCM
// seals. What wraps the key goes with each draft, so that neither is ever there without the other.

import { Outbox } from './outbox.js';
import { fromUtf8, utf8 } from './utf8.js';

/** @typedef {{salt: string, turns: number, iv: string, key: string}} Wrapped a key, wrapped with a PIN */

const TURNS = 600_000;
const IV = 12;
const SEALED = 'sealed:';
const NAMES = /[0-9a-f]{64}\.[a-z0-9]{1,5}/g;

const random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));
const inText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const inBytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** Browsers encrypt on secure connections alone. @returns {boolean} */
export const canSeal = () => globalThis.crypto?.subtle !== undefined;

async function ofPin(pin, salt, iterations) {
  const material = await crypto.subtle.importKey('raw', new Uint8Array(utf8(pin)), 'PBKDF2', false, ['deriveKey']);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  return crypto.subtle.deriveKey(how, material, { name: 'AES-GCM', length: 256 }, false, ['wrapKey', 'unwrapKey']);
}

/** A new key. @param {string} pin @returns {Promise<{wrapped: Wrapped, key: CryptoKey}>} */
export async function newKey(pin) {
  const [salt, iv] = [random(16), random(IV)];
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt']);
  const inside = await crypto.subtle.wrapKey('raw', made, await ofPin(pin, salt, TURNS), { name: 'AES-GCM', iv });
  const wrapped = { salt: inText(salt), turns: TURNS, iv: inText(iv), key: inText(inside) };
  return { wrapped, key: await unwrap(wrapped, pin) };
}

/** @param {Wrapped} wrapped @param {string} pin @returns {Promise<CryptoKey | null>} null where it is another PIN */
export async function unwrap({ salt, turns, iv, key }, pin) {
  const how = { name: 'AES-GCM', iv: inBytes(iv) };
  const wrapping = await ofPin(pin, inBytes(salt), turns);
  return crypto.subtle.unwrapKey('raw', inBytes(key), wrapping, how, 'AES-GCM', false, ['encrypt', 'decrypt']).catch(() => null);
}

async function sealed(key, bytes) {
  const iv = random(IV);
  return new Uint8Array([...iv, ...new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes))]);
}

const opened = (key, bytes) =>
  crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes.subarray(0, IV) }, key, bytes.subarray(IV)).catch(() => null);

/** What the phone keeps, with drafts and their files sealed. Finished responses are not: they are sent without anyone
 * who could type the PIN. */
export class Vault extends Outbox {
  #keys = new Map();
  #wrapped = null;

  /** Seals with this key from now on. @param {Wrapped} wrapped @param {CryptoKey} key */
  use(wrapped, key) {
    this.#keys.set(wrapped.salt, key);
    this.#wrapped = wrapped;
  }

  /** Forgets the keys: nothing is read or written until one is given again. */
  forget() {
    this.#keys.clear();
  }

  /** The keys that drafts are sealed with. @param {string} survey @returns {Promise<Wrapped[]>} that of the newest first */
  async wrapped(survey) {
    const all = (await super.drafts(survey)).flatMap((draft) => draft.wrapped ?? []);
    return all.filter(({ salt }, index) => all.findIndex((other) => other.salt === salt) === index);
  }

  async saveDraft(draft) {
    await super.saveDraft(await this.#seal(draft));
  }

  async #seal({ instance, survey, version, saved, title, place, ...secret }) {
    const inside = await sealed(this.#key, new Uint8Array(utf8(JSON.stringify(secret))));
    return { instance, survey, version, saved, title, place, wrapped: this.#wrapped, sealed: inside };
  }

  get #key() {
    const key = this.#keys.get(this.#wrapped?.salt);
    if (!key) throw new Error('locked');
    return key;
  }

  /** Those that can be opened; of all surveys, whatever is known of them. */
  async drafts(survey) {
    const all = await super.drafts(survey);
    const read = await Promise.all(all.map((draft) => (draft.sealed ? this.#unseal(draft) : draft)));
    return survey ? read.filter(Boolean) : all.map((draft, index) => read[index] ?? draft);
  }

  async #unseal({ sealed: inside, wrapped, ...known }) {
    const key = this.#keys.get(wrapped.salt);
    const bytes = key && (await opened(key, inside));
    return bytes ? { ...known, ...JSON.parse(fromUtf8(new Uint8Array(bytes))) } : null;
  }

  /** Deletes all sealed drafts of a survey, with their files. @param {string} survey */
  async dropSealed(survey) {
    for (const draft of await super.drafts(survey)) if (draft.sealed) await this.dropDraft(draft.instance);
  }

  async saveFile({ instance, name, blob }) {
    const inside = await sealed(this.#key, new Uint8Array(await blob.arrayBuffer()));
    await super.saveFile({ instance, name, blob: new Blob([inside], { type: `${SEALED}${blob.type}` }) });
  }

  async file(instance, name) {
    const blob = await super.file(instance, name);
    if (!blob?.type.startsWith(SEALED)) return blob;
    const bytes = new Uint8Array(await blob.arrayBuffer());
    for (const key of this.#keys.values()) {
      const inside = await opened(key, bytes);
      if (inside) return new Blob([inside], { type: blob.type.slice(SEALED.length) });
    }
    return undefined;
  }

  async finish(kept) {
    for (const name of new Set(kept.body.match(NAMES))) {
      const blob = await this.file(kept.instance, name);
      if (blob) await super.saveFile({ instance: kept.instance, name, blob });
    }
    await super.finish(kept);
  }

  /** Back to the drafts, and under the key again. */
  async takeBack(draft) {
    const found = await super.takeBack(await this.#seal(draft));
    const names = found ? new Set(JSON.stringify(draft).match(NAMES)) : [];
    for (const name of names) {
      const blob = await this.file(draft.instance, name);
      if (blob) await this.saveFile({ instance: draft.instance, name, blob });
    }
    return found;
  }
}
