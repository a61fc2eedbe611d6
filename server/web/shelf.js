// What lies on this phone: responses that wait, drafts, how many were sent, and what the browser promises. No answer is
// shown: whoever looks over a shoulder sees titles and times.

import { SIGN_IN } from './outcome.js';
import { claim } from './session.js';
import { told } from './storage.js';
import { $, button, h } from './ui.js';

/** @typedef {import('./outbox.js').Kept} Kept */
/** @typedef {import('./outbox.js').Draft} Draft */

const SETTLED = 300;

const pageOf = (survey, draft) => `/s/${encodeURIComponent(survey)}${draft ? `?draft=${draft}` : ''}`;

/** Without a worker nor a connection another page would not open, and this one would be gone. */
const canLeave = () => navigator.onLine || Boolean(navigator.serviceWorker?.controller);

/** Its style sheet, once; without it the shelf still works. @returns {Promise<void> | null} */
export function look() {
  if ($('shelf-look')) return null;
  return new Promise((done) => {
    const href = new URL('./shelf.css', import.meta.url);
    document.head.append(h('link', { id: 'shelf-look', rel: 'stylesheet', href, load: () => done(), error: () => done() }));
  });
}

/** The screen with all that is kept. */
export class Shelf {
  #host;
  #app;
  #again = false;
  #running = null;
  #drawn = false;
  #file = null;
  #waiting = '';
  #note = '';
  #seen = '';
  #timer = 0;

  /** @param {HTMLElement} host @param {any} app */
  constructor(host, app) {
    this.#host = host;
    this.#app = app;
    look();
  }

  #t(key, values) {
    return this.#app.ui.t(key, values);
  }

  /** Shows it. */
  draw() {
    document.body.dataset.screen = 'shelf';
    delete document.body.dataset.state;
    $('bar').hidden = true;
    return this.refresh();
  }

  /** Something was sent, or could not be: without a connection both follow each other at once. */
  hear() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.refresh(), SETTLED);
  }

  /** Reads again what there is. */
  refresh() {
    this.#again = true;
    this.#running ??= this.#read().finally(() => { this.#running = null; });
    return this.#running;
  }

  async #read() {
    while (this.#again) {
      this.#again = false;
      const { outbox } = this.#app;
      const [kept, drafts, facts, storage] = await Promise.all([outbox.kept(), outbox.drafts(), outbox.facts(), told(outbox)]);
      if (document.body.dataset.screen !== 'shelf') return;
      this.#waiting = kept.map(({ instance }) => instance).join();
      if (this.#file && this.#file.of !== this.#waiting) this.#forgetFile();
      const sending = kept.map(({ instance }) => this.#app.keeping.sender.sending.has(instance));
      const seen = JSON.stringify([kept, sending, drafts.map(({ instance, saved }) => [instance, saved]), facts, storage,
        this.#note, this.#file?.url, this.#app.ui.tag, this.#app.session?.instance]);
      // What is drawn anew under a thumb is not pressed.
      if (seen === this.#seen && this.#host.querySelector('.shelf')) continue;
      this.#seen = seen;
      const { id } = document.activeElement ?? {};
      this.#host.replaceChildren(...this.#all(kept, drafts, facts, storage));
      if (id) $(id)?.focus({ preventScroll: true });
    }
    if (!this.#drawn) this.#app.view.focus();
    this.#drawn = true;
  }

  #all(kept, drafts, facts, storage) {
    const section = (key, ...content) => h('section', { className: 'shelf' }, h('h3', {}, this.#t(key)), ...content);
    return [
      h('h2', { className: 'label', tabIndex: -1 }, this.#t('shelf_title')),
      this.#note ? h('p', { className: 'error', role: 'alert' }, this.#note) : null,
      section('shelf_waiting', this.#list(kept.map((one) => this.#entry(one)), 'shelf_none_waiting'), ...(kept.length ? this.#sending(kept) : [])),
      section('shelf_drafts', this.#list(drafts.map((one) => this.#draft(one)), 'shelf_none_drafts'),
        button(this.#t('start_new'), () => this.#app.startNew(), { id: 'start-new', className: 'big' })),
      section('shelf_sent', this.#list(facts.map((one) => this.#fact(one)), 'shelf_none_sent'), h('p', {}, this.#t('shelf_sent_note'))),
      section('shelf_storage', ...storage.map(({ key, values }) => h('p', {}, this.#t(key, values)))),
      button(this.#t('shelf_close'), () => this.#app.closeShelf(), { id: 'close-shelf', className: 'big' }),
    ].filter(Boolean);
  }

  #list(entries, none) {
    return entries.length ? h('ul', {}, ...entries) : h('p', {}, this.#t(none));
  }

  #title({ title, survey }) {
    return h('strong', {}, h('bdi', {}, title ?? survey));
  }

  // Responses that wait

  #entry(kept) {
    const { instance, answered, saved } = kept;
    const sending = this.#app.keeping.sender.sending.has(instance);
    const { state, reason } = this.#state(kept, sending);
    const made = h('li', {},
      this.#title(kept),
      h('span', { className: 'state' }, this.#t(`state_${state}`)),
      reason ? h('span', { dir: 'auto' }, reason) : null,
      h('span', { className: 'when' }, this.#t('finished_at', { time: this.#app.ui.time(saved) })),
      // The server has these answers: only a file is missing.
      answered || this.#isLocked(kept) ? null : button(this.#t('edit_answers'), () => this.#edit(kept), { id: `edit-${instance}`, disabled: sending }));
    made.dataset.instance = instance;
    made.dataset.state = state;
    return made;
  }

  /** Answers under a PIN come out only where it was asked for. */
  #isLocked({ pin, survey }) {
    return Boolean(pin) && survey !== this.#app.survey;
  }

  #state({ refused, code, answered }, sending) {
    if (sending) return { state: 'sending' };
    if (!refused) return { state: 'waiting' };
    if (SIGN_IN.includes(code)) return { state: 'attention', reason: this.#t(`code_${code}`) };
    return { state: answered ? 'partly' : 'attention', reason: refused };
  }

  /** Under the same instance ID, so that the server knows which response it is. */
  async #edit(kept) {
    const { instance, survey, title, body, audit, tried } = kept;
    if (tried && !confirm(this.#t('edit_tried_sure'))) return;
    const { version, started, answers } = JSON.parse(body);
    const draft = { instance, survey, version, saved: Date.now(), title, started, screen: 'review', answers, audit, tried };
    try {
      const there = await this.#app.outbox.takeBack(draft);
      if (there) await this.#open(draft);
      else this.#say('edit_too_late');
    } catch {
      this.#say(`trouble_${this.#app.outbox.trouble ?? 'failed'}`);
    }
  }

  #sending(kept) {
    const send = button(this.#t('send_now'), () => this.#app.keeping.sendNow(), { id: 'send-now', className: 'big main' });
    const save = button(this.#t('save_file'), () => this.#save(save), { id: 'save-file', className: 'big' });
    if (kept.some((one) => this.#isLocked(one))) return [send, h('p', {}, this.#t('save_file_locked'))];
    return [send, ...(this.#file ? this.#ready() : [save, h('p', {}, this.#t('save_file_note'))])];
  }

  /** The file is made before it is shared: browsers share only what is there at the moment of a tap. */
  async #save(pressed) {
    pressed.disabled = true;
    try {
      const { outboxFile } = await import('./outbox-file.js');
      const file = await outboxFile(this.#app.outbox);
      this.#file = { file, url: URL.createObjectURL(file), of: this.#waiting };
      await this.refresh();
    } catch {
      pressed.disabled = false;
      this.#say('save_file_failed');
    }
  }

  #ready() {
    const { file, url } = this.#file;
    const shares = navigator.canShare?.({ files: [file] });
    const share = () => navigator.share({ files: [file], title: file.name }).catch(() => {});
    return [
      h('p', { role: 'status' }, this.#t('file_ready', { name: `\u2068${file.name}\u2069` })),
      shares ? button(this.#t('share_file'), share, { id: 'share-file', className: 'big' }) : null,
      h('a', { id: 'download-file', className: 'as-button', href: url, download: file.name }, this.#t('download_file')),
      h('p', { className: 'warn' }, this.#t('file_open_note')),
    ];
  }

  /** It no longer holds what waits. */
  #forgetFile() {
    URL.revokeObjectURL(this.#file.url);
    this.#file = null;
  }

  // Drafts

  #draft(draft) {
    const { instance, place, saved } = draft;
    const [n, total] = place ?? [];
    const current = this.#app.session?.instance === instance;
    const made = h('li', {},
      this.#title(draft),
      draft.sealed ? h('span', { className: 'state' }, this.#t('draft_sealed')) : null,
      current ? h('span', { className: 'state' }, this.#t('draft_current')) : null,
      total ? h('span', {}, this.#t('draft_place', { n, total })) : null,
      h('span', { className: 'when' }, this.#t('saved_at', { time: this.#app.ui.time(saved) })),
      h('span', { className: 'does' },
        button(this.#t('continue_draft'), () => this.#open(draft), { id: `continue-${instance}` }),
        button(this.#t('delete_draft'), () => this.#delete(draft), { id: `delete-${instance}`, className: 'quiet' })));
    made.dataset.instance = instance;
    return made;
  }

  async #open({ instance, survey }) {
    if (survey !== this.#app.survey) {
      if (!canLeave()) this.#say('no_page_offline');
      else location.assign(pageOf(survey, instance));
    } else if (!(await this.#app.openDraft(instance))) this.#say('draft_elsewhere');
  }

  async #delete({ instance }) {
    if (!confirm(this.#t('delete_sure'))) return;
    if (this.#app.session?.instance === instance) {
      await this.#app.forget();
    } else {
      const release = await claim(instance);
      if (!release) return this.#say('draft_elsewhere');
      await this.#app.outbox.dropDraft(instance);
      release();
    }
    await this.refresh();
  }

  // Sent

  #fact({ survey, title, sent, last }) {
    const made = h('li', {}, this.#title({ survey, title }), h('span', {}, this.#t('sent_count', { n: sent })),
      h('span', { className: 'when' }, this.#t('sent_last', { time: this.#app.ui.time(last) })));
    made.dataset.survey = survey;
    return made;
  }

  #say(key) {
    this.#note = this.#t(key);
    this.refresh();
  }
}
