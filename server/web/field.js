// Entry of the enumerator's page: surveys, own counts, quotas, and what waits on this phone. Without a connection it
// shows what the server said last, with the time.

import { listenToHide } from './cover.js';
import { lastSeen, offerLanguages, ownLanguage, seeNow, signIn, signOut, signedIn } from './enumerator.js';
import { draw } from './field-view.js';
import { Outbox } from './outbox.js';
import { Sender } from './send.js';
import { $, Ui, button, h, localIso } from './ui.js';

const PATIENCE = 30_000;

/** Where the phone's own day began. */
function midnight() {
  const day = new Date();
  day.setHours(0, 0, 0, 0);
  return localIso(day);
}

/** A finger on the page: what is replaced under it would lose the tap. */
class Finger {
  #lifted = Promise.resolve();

  constructor() {
    addEventListener('pointerdown', () => {
      this.#lifted = new Promise((resolve) => {
        // The click comes after the finger went up.
        const up = () => setTimeout(resolve);
        addEventListener('pointerup', up, { once: true });
        addEventListener('pointercancel', up, { once: true });
      });
    });
  }

  get lifted() {
    return this.#lifted;
  }
}

/** The page. */
class Field {
  #outbox = new Outbox();
  #sender = new Sender(this.#outbox, () => this.#show());
  /** `loading`, `now`, `offline`, `revoked`, `signed_out` */
  #state = 'loading';
  #seen = lastSeen();
  #drawing = null;
  #carried = false;
  #finger = new Finger();

  async start() {
    await this.#speak(ownLanguage());
    listenToHide();
    addEventListener('online', () => this.#load());
    // A page that comes back from the form, or from another tab, is behind.
    addEventListener('pageshow', ({ persisted }) => { if (persisted) this.#load(); });
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.#load(); });
    await this.#load();
    await Promise.all([this.#send(), this.#carry()]);
  }

  /** Brings what is needed where there is no network, once it is known what that is. */
  async #carry() {
    if (this.#state !== 'now') return;
    const { carry } = await import('./carry.js');
    this.#carried = await carry(this.#seen.answer.surveys, this.ui.own).catch(() => false);
    document.body.dataset.carried = String(this.#carried);
    await this.#show();
  }

  async #speak(tag) {
    this.ui = await Ui.in(tag, ['', 'field', 'paused'], this.ui);
    $('tools').lang = this.ui.own;
    $('hide').textContent = this.ui.t('hide');
    offerLanguages(this.ui, (chosen) => this.#speak(chosen));
    await this.#show();
  }

  /** Asks the server, and shows what is known in any case. */
  async #load() {
    this.#state = await this.#asked();
    await this.#show();
  }

  async #asked() {
    try {
      const reply = await fetch(`/api/field?since=${encodeURIComponent(midnight())}`, { signal: AbortSignal.timeout?.(PATIENCE) });
      const said = await reply.json();
      if (reply.status === 200 && said.enumerator?.id) {
        signIn(said.enumerator);
        seeNow(said);
        this.#seen = { at: Date.now(), answer: said };
        return 'now';
      }
      if (reply.status === 401 && ['revoked', 'signed_out'].includes(said.code)) return said.code;
    } catch {
      // No connection, or the page of a hotspot.
    }
    return 'offline';
  }

  async #send() {
    const before = (await this.#outbox.kept()).length;
    await this.#sender.flush();
    // What was sent counts now.
    if ((await this.#outbox.kept()).length < before) await this.#load();
    else await this.#show();
  }

  /** One drawing after the other: each reads what the phone keeps at its own time. */
  #show() {
    this.#drawing = (this.#drawing ?? Promise.resolve()).then(() => this.#draw()).catch((error) => console.error(error));
    return this.#drawing;
  }

  async #draw() {
    const surveys = this.#seen?.answer.surveys ?? [];
    const [kept, drafts] = await Promise.all([this.#outbox.kept(), this.#outbox.drafts()]);
    await this.#finger.lifted;
    document.body.dataset.screen = 'field';
    document.body.dataset.state = this.#state;
    draw(this.ui, {
      state: this.#state, carried: this.#carried, enumerator: signedIn(), at: this.#seen?.at, surveys, kept, drafts, lasting: this.#outbox.lasting,
    }, { send: () => this.#send(), leave: () => this.#leave(), take: (token) => { location.href = `/sign-in#${token}`; } });
  }

  async #leave() {
    const n = (await this.#outbox.kept()).length;
    if (!confirm(n ? this.ui.t('sign_out_waiting', { n }) : this.ui.t('sign_out_sure'))) return;
    try {
      const reply = await fetch('/api/session', { method: 'DELETE', signal: AbortSignal.timeout?.(PATIENCE) });
      if (!reply.ok) throw new Error(`${reply.status}`);
    } catch {
      // The cookie is out of a page's reach: only the server can end the session.
      alert(this.ui.t('sign_out_failed'));
      return;
    }
    signOut();
    this.#seen = null;
    this.#state = 'signed_out';
    await this.#show();
  }
}

new Field().start().catch((error) => {
  // No text of the interface has arrived, so that this one is not translated.
  console.error(error);
  document.body.dataset.screen = 'failed';
  $('screen').replaceChildren(
    h('p', { role: 'alert', lang: 'en' }, 'The page could not be loaded. Check the connection and try again.'),
    button('↻ Try again', () => location.reload(), { className: 'big', lang: 'en' }),
  );
});
