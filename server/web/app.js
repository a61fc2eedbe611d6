// Leads from screen to screen: what is shown, in which language, and what becomes of the answers.

import { listenToHide } from './cover.js';
import { load, wantedBy } from './extras.js';
import { needsMore } from './functions.js';
import { firstLanguage, frame, remember } from './language.js';
import { Outbox } from './outbox.js';
import { itemId, screens } from './pages.js';
import { ScreenView } from './screen.js';
import { Sender } from './send.js';
import { Session } from './session.js';
import { say, show } from './status.js';
import { $, Ui, button, getJson, h } from './ui.js';

const REVIEW = { id: 'review', kind: 'review', items: [], headings: [] };
const SOON = 1500;

const later = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** A survey on a phone. */
export class App {
  #texts = new Map();
  #outcome = null;
  #resumed = false;
  #olderKept = false;

  constructor(survey, form) {
    this.survey = survey;
    this.newest = form;
    this.outbox = new Outbox();
    this.sender = new Sender(this.outbox, (...news) => this.#told(...news));
    this.view = new ScreenView($('screen'), this);
  }

  // What controls read: see App in controls.js.
  get filling() {
    return this.session.filling;
  }

  get seed() {
    return this.session.instance;
  }

  get rtl() {
    return this.form.languages[this.language].rtl ?? false;
  }

  answer({ node, scope }, answer) {
    this.session.answer(node, scope, answer);
    this.#update();
    this.view.refresh(this.current, { node, scope });
  }

  /** After a tap that answers all that the screen asks. */
  goOn() {
    if (this.current.items.length === 1) this.#next();
  }

  /** After what is on the screen was changed from elsewhere. */
  redraw() {
    if (this.session && this.current.kind === 'question') this.view.questions(this.current);
  }

  /** Of a file that goes with labels. */
  fileAddress(name, digest) {
    return this.#address(`files/${encodeURIComponent(name)}`, [`v=${digest}`]);
  }

  /** Of something of the form in its version. */
  #address(path, query = []) {
    const version = this.form === this.newest ? [] : [`version=${encodeURIComponent(this.form.version)}`];
    const all = [...query, ...version].join('&');
    return `/api/surveys/${encodeURIComponent(this.survey)}/${path}${all && `?${all}`}`;
  }

  async start() {
    const [resumed] = await Promise.all([Session.resume(this.outbox, this.survey), this.#useForm(this.newest)]);
    this.#listen();
    const draft = resumed && (await this.#formOf(resumed));
    this.session = draft ? new Session({ ...this.#given(), ...draft }) : await Session.fresh(this.#given());
    this.#resumed = this.session.screen !== null;
    this.#begin();
    if (this.extras.hasFiles) this.outbox.sweep(this.seed);
    this.sender.flush();
  }

  async #useForm(form) {
    this.form = form;
    this.#texts.clear();
    this.wanted = wantedBy(form);
    const rarer = needsMore(form) ? import('./functions-more.js') : null;
    [this.extras] = await Promise.all([load(this.wanted), this.#useLanguage(firstLanguage(form.languages)), rarer]);
  }

  /** A draft goes on with the version it was begun with. Where that is not to be had it stays as it is. */
  async #formOf(resumed) {
    const { version = this.newest.version } = resumed.draft;
    if (version === this.newest.version) return resumed;
    try {
      this.form = { version };
      const older = await getJson(this.#address('form'));
      if (older.version !== version) throw new Error('another version');
      await this.#useForm(older);
      return resumed;
    } catch {
      resumed.release();
      this.#olderKept = true;
      await this.#useForm(this.newest);
      return null;
    }
  }

  #given() {
    const { survey, form, outbox, extras: { stored, seeded } } = this;
    return { survey, form, texts: this.#texts.get(this.language), outbox, stored, seeded };
  }

  #begin() {
    this.#outcome = null;
    const { session, extras: { Audit } } = this;
    if (Audit) session.audit = new Audit(session.seconds);
    session.identify();
    session.prefill(new URLSearchParams(location.search));
    this.current = null;
    this.#update();
    this.#go(Math.max(0, this.screens.findIndex(({ id }) => id === this.session.screen)), 'replaceState', false);
  }

  #listen() {
    $('form').addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.session && this.current.id !== 'review') this.#next();
    });
    $('back').addEventListener('click', () => this.#back());
    $('send').addEventListener('click', () => this.#send());
    addEventListener('beforeunload', (event) => { if (!this.outbox.lasting) event.preventDefault(); });
    addEventListener('popstate', ({ state }) => this.#popped(state));
    listenToHide();
    $('language').addEventListener('change', ({ target }) => this.#switch(Number(target.value)));
  }

  /** Loads a language and writes everything around the screen in it. */
  async #useLanguage(index) {
    const language = this.form.languages[index];
    const texts = this.#texts.get(index) ?? getJson(this.#address(`texts/${index}`));
    const [loaded, ui] = await Promise.all([texts, Ui.in(language.tag, this.wanted.length ? ['', 'more'] : [''], this.ui)]);
    this.#texts.set(index, loaded);
    this.language = index;
    this.ui = ui;
    frame(ui, this.form.languages, index);
  }

  async #switch(index) {
    try {
      await this.#useLanguage(index);
    } catch {
      $('language').value = this.language;
      say(this.ui.t('language_failed'));
      return;
    }
    remember(this.form.languages[index].tag);
    if (this.session) {
      this.filling.env.texts = this.#texts.get(index);
      this.filling.recalculate();
      this.#update();
    }
    this.view.keeping(() => this.#render());
    this.#status();
    $('language').focus({ preventScroll: true });
  }

  // From screen to screen

  /** The screens follow from the answers. */
  #update() {
    this.screens = [...screens(this.filling, this.seed), REVIEW];
    if (!this.current) return;
    this.current = this.screens.find(({ id }) => id === this.current.id) ?? this.current;
    this.#progress();
  }

  get at() {
    return this.screens.findIndex(({ id }) => id === this.current?.id);
  }

  #go(index, how = 'pushState', focus = true) {
    const before = this.current?.id;
    this.current = this.screens[Math.max(0, Math.min(index, this.screens.length - 1))];
    const { id } = this.current;
    const prev = how === 'pushState' ? before : undefined;
    history[how]({ instance: this.seed, screen: id, at: this.at, prev }, '');
    this.#arrive(focus);
  }

  #arrive(focus = true) {
    this.session.screen = this.current.id;
    if (focus) this.session.save();
    this.#render();
    this.#status();
    if (focus) this.view.focus();
  }

  #next() {
    const here = this.at;
    this.#leave();
    if (this.current.kind === 'question' && this.view.problems(this.current)) return;
    this.#resumed = false;
    this.#go(this.at < 0 ? here : this.at + 1);
  }

  #back() {
    this.#leave();
    const target = this.screens[this.at - 1];
    const { prev, instance } = history.state ?? {};
    if (!target) return;
    if (prev === target.id && instance === this.seed) history.back();
    else this.#go(this.at - 1, 'replaceState');
  }

  #popped(state) {
    // Answers that were sent are gone, and so are the screens that history still names.
    if (!this.session) return;
    this.#leave();
    const found = state?.instance === this.seed ? this.screens.findIndex(({ id }) => id === state.screen) : this.at;
    this.current = this.screens[found >= 0 ? found : Math.min(state.at, this.screens.length - 1)];
    this.#arrive();
  }

  /** A choice that is no longer offered is no answer; on the review that goes for the whole form. */
  #leave(all = false) {
    const items = all ? this.screens.flatMap((screen) => screen.items) : this.current.items;
    const dropped = items.filter(({ node, scope }) => this.filling.dropUnoffered(node, scope));
    if (!dropped.length) return;
    this.session.save();
    this.#update();
    if (all) this.#leave(all);
    else this.view.refresh(this.current);
  }

  #render() {
    if (this.#outcome) return this.#done();
    const { kind } = this.current;
    document.body.dataset.screen = kind;
    delete document.body.dataset.state;
    this.session.audit?.see(this.filling, kind === 'question' ? this.current.items : []);
    if (kind === 'review') {
      this.#leave(true);
      this.view.review(this.screens);
    } else if (kind === 'repeat') this.view.repeat(this.current, this.#repeating(this.current.items[0]));
    else this.view.questions(this.current);
    $('next').hidden = kind === 'review';
    $('send').hidden = kind !== 'review';
    $('bar').hidden = false;
    this.#titles();
    return this.#progress();
  }

  #repeating({ node, scope }) {
    const add = () => {
      const index = this.at;
      this.filling.addInstance(node, scope);
      this.#update();
      this.#go(index);
    };
    const edit = (instance) => {
      const index = this.screens.findIndex(({ items }) => items.some((item) => item.scope.chain().includes(instance)));
      if (index >= 0) this.#go(index);
    };
    const remove = (instance) => {
      this.filling.removeInstance(instance);
      this.#update();
      // The screen was named after where it stands, and may stand elsewhere now.
      this.current = this.screens.find(({ items }) => items[0] && itemId(items[0]) === itemId({ node, scope })) ?? this.current;
      this.#arrive();
    };
    return { add, edit, remove };
  }

  #titles() {
    const { filling } = this.session;
    const title = filling.text(this.form.title, 0, filling.root);
    $('title').textContent = title;
    document.title = title;
  }

  #progress() {
    const [n, total] = [Math.max(this.at, 0) + 1, this.screens.length];
    $('back').hidden = n === 1;
    $('progress').max = total;
    $('progress').value = n;
    $('progress').textContent = this.ui.t('progress', { n, total });
    $('count').textContent = this.ui.t('progress', { n, total });
  }

  // Sending

  async #send() {
    this.#leave(true);
    const wrong = this.screens.findIndex(({ items }) => items.some(({ node, scope }) => this.filling.obstacle(node, scope)));
    if (wrong >= 0) {
      this.#go(wrong);
      this.view.problems(this.current);
      return;
    }
    $('send').disabled = true;
    const { instance } = this.session;
    await this.session.finish(this.form.languages[this.language].tag);
    this.session = null;
    this.#resumed = false;
    this.#outcome = { instance, state: 'waiting' };
    history.replaceState({ done: true }, '');
    const sending = this.sender.flush();
    await Promise.race([sending, later(SOON)]);
    $('send').disabled = false;
    this.#render();
    this.view.focus();
    this.#status();
  }

  #told(instance, state, message) {
    if (this.#outcome?.instance === instance && this.#outcome.state !== state) {
      this.#outcome = { instance, state, message };
      if (document.body.dataset.screen === 'done') this.#render();
    }
    this.#status();
  }

  #done() {
    const { state, message } = this.#outcome;
    document.body.dataset.screen = 'done';
    document.body.dataset.state = state;
    $('bar').hidden = true;
    const notes = message ? [message] : [];
    if (state !== 'sent' && !this.outbox.lasting) notes.push(this.ui.t('memory_only'));
    else if (state !== 'sent') this.#persist();
    this.view.done(state, notes, () => this.#again());
  }

  /** Browsers may clear what a page keeps, unless they promise not to. */
  async #persist() {
    const granted = await navigator.storage?.persist?.().catch(() => false);
    const outcome = document.querySelector('.outcome');
    if (!granted && outcome) outcome.append(h('p', {}, this.ui.t('not_persistent')));
  }

  async #again() {
    if (this.form !== this.newest) await this.#useForm(this.newest);
    this.session = await Session.fresh(this.#given());
    this.#begin();
    this.view.focus();
  }

  async #startOver() {
    if (!confirm(this.ui.t('start_over_sure'))) return;
    await this.session.discard();
    this.#resumed = false;
    await this.#again();
  }

  // What is going on

  async #status() {
    const { ui } = this;
    const kept = await this.outbox.kept();
    show([
      !this.outbox.lasting && { text: ui.t('memory_only') },
      this.#olderKept && this.session && { text: ui.t('older_kept') },
      this.#resumed && this.session && { text: ui.t('resumed'), button: button(ui.t('start_over'), () => this.#startOver(), { id: 'start-over' }) },
      kept.length && { text: ui.t('outbox', { n: kept.length }), button: button(ui.t('send_now'), () => this.sender.flush(), { id: 'send-now' }) },
    ].filter(Boolean));
  }
}
