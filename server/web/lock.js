// Drafts under a PIN, where the survey asks for it: when it locks, what the PIN opens, and how often it may be tried.
// What is asked on the screen is in lock-screen.js.

import { guardedBy } from './cover.js';
import { sha256 } from './digest.js';
import { LockScreen } from './lock-screen.js';
import { Outbox } from './outbox.js';
import { Vault, canSeal, newKey, unwrap } from './sealing.js';
import { remembered, uuid } from './ui.js';
import { utf8 } from './utf8.js';

/** In the background, before it locks. */
const AWAY = 120_000;
const FREE = 3;
const PAUSE = 5000;
const LONGEST = 300_000;

/** Of an app, until its drafts are open, and each time after they were locked.
 * @param {any} app @returns {Promise<void>} resolves once they are open for the first time */
export async function guard(app) {
  const lock = new Lock(app);
  app.outbox = lock.vault;
  await lock.ask();
  lock.listen();
}

/** The lock of a survey. */
class Lock {
  #locked = true;
  #trying = false;
  #since = null;

  constructor(app) {
    this.app = app;
    this.seals = canSeal();
    this.vault = this.seals ? new Vault(app.outbox.told) : new Outbox(app.outbox.told);
    this.known = [];
    this.names = { key: `baraza-lock ${app.survey}`, tries: `baraza-lock-tries ${app.survey}` };
  }

  listen() {
    addEventListener('baraza-hide', () => this.lock());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') {
        this.#since = Date.now();
        setTimeout(() => this.#wasAway(), AWAY);
      } else {
        this.#wasAway();
        this.#since = null;
      }
    });
  }

  #wasAway() {
    // A clock that was set back counts as long.
    if (this.#since !== null && Math.abs(Date.now() - this.#since) >= AWAY) this.lock();
  }

  /** Asks for the PIN, or to choose one; goes on once the drafts are open. */
  async ask() {
    const { ui } = this.app;
    await ui.more('lock');
    const screen = new LockScreen(this);
    guardedBy((digits) => this.open(digits), '');
    this.app.aside = () => screen.draw();
    const open = new Promise((resolve) => { this.done = resolve; });
    this.known = await this.#known();
    if (!this.known.length) guardedBy(null, '');
    screen.draw();
    screen.focus();
    await open;
    this.#locked = false;
    this.app.aside = null;
    guardedBy((digits) => this.open(digits), this.app.ui.t('hide_how_pin'));
  }

  /** Puts the answers away. Those that could not be written stay in the page, under the lock's screen. */
  async lock() {
    if (this.#locked || !this.app.session) return;
    this.#locked = true;
    this.app.aside = () => {};
    if (await this.app.putAway()) this.vault.forget?.();
    await this.ask();
    await this.app.takeOut();
  }

  /** What a PIN is tried on: the keys of the drafts, or the one of the last PIN that was chosen here. */
  async #known() {
    const last = JSON.parse(remembered(this.names.key) ?? 'null');
    if (!this.seals) return last ? [last] : [];
    const all = await this.vault.wrapped(this.app.survey);
    return all.length || !last?.key ? all : [last];
  }

  /** @returns {number} milliseconds before another PIN may be tried */
  get pause() {
    const { until = 0 } = this.#tries;
    return Math.min(Math.max(0, until - Date.now()), LONGEST);
  }

  get #tries() {
    return JSON.parse(remembered(this.names.tries) ?? '{}');
  }

  /** @param {string} pin @returns {Promise<boolean>} */
  async open(pin) {
    if (pin.length < 6 || this.#trying || this.pause > 0) return false;
    this.#trying = true;
    try {
      const right = await this.#opens(pin);
      const wrong = right ? 0 : (this.#tries.wrong ?? 0) + 1;
      const pause = wrong < FREE ? 0 : Math.min(LONGEST, PAUSE * 2 ** (wrong - FREE));
      remembered(this.names.tries, JSON.stringify({ wrong, until: Date.now() + pause }));
      if (right) this.done();
      return right;
    } finally {
      this.#trying = false;
    }
  }

  async #opens(pin) {
    if (!this.seals) return this.known.some(({ salt, check }) => check === shortCheck(salt, pin));
    let right = false;
    for (const wrapped of [...this.known].reverse()) {
      const key = await unwrap(wrapped, pin);
      if (key) this.vault.use(wrapped, key);
      right ||= key !== null;
    }
    return right;
  }

  /** @param {string} pin chosen */
  async choose(pin) {
    let kept = null;
    if (this.seals) {
      const { wrapped, key } = await newKey(pin);
      this.vault.use(wrapped, key);
      kept = wrapped;
    } else {
      const salt = uuid();
      kept = { salt, check: shortCheck(salt, pin) };
    }
    remembered(this.names.key, JSON.stringify(kept));
    this.known = [kept];
    this.done();
  }

  /** Nobody can open the drafts without the PIN; they can only make room. */
  async anew() {
    if (this.seals) await this.vault.dropSealed(this.app.survey);
    else for (const { instance } of await this.vault.drafts(this.app.survey)) await this.vault.dropDraft(instance);
    await this.app.letGo();
    remembered(this.names.key, 'null');
    remembered(this.names.tries, '{}');
    this.known = [];
  }
}

/** Without encryption whoever searches the phone can read the drafts anyway. So few digits of the hash are kept that
 * they do not give away the PIN, which people use elsewhere as well. */
function shortCheck(salt, pin) {
  return sha256(new Uint8Array(utf8(`${salt} ${pin}`))).slice(0, 3);
}
