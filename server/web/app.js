// Leads from screen to screen: what is shown, in which language, and what becomes of the answers.

import { listenToContrast } from './contrast.js';
import { listenToHide, tellHow, titled } from './cover.js';
import { load, wantedBy } from './extras.js';
import { needsMore } from './functions.js';
import { Keeping, inAddress } from './keeping.js';
import { firstLanguage, frame, remember } from './language.js';
import { Outcome } from './outcome.js';
import { itemId, screens } from './pages.js';
import { ScreenView } from './screen.js';
import { Session } from './session.js';
import { say } from './status.js';
import { $, Ui, button, getJson, textsAddress } from './ui.js';

const REVIEW = { id: 'review', kind: 'review', items: [], headings: [] };
const SOON = 1500;
const SHELF = '#shelf';

const later = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** A survey on a phone. */
export class App {
  #texts = new Map();
  #outcome = null;
  #resumed = false;
  #olderKept = false;
  #shelf = null;
  /** Only on demand: nobody waits for it. @type {Promise<any> | null} */
  #shell = null;

  constructor(survey, form) {
    /** Draws what stands in for the screens: the lock. */
    this.aside = null;
    /** What keeps people from being asked: see paused.js. @type {any} */
    this.stop = null;
    this.survey = survey;
    this.newest = form;
    this.keeping = new Keeping(this, () => this.#status(), (news) => this.#told(news));
    this.view = new ScreenView($('screen'), this);
  }

  get outbox() {
    return this.keeping.outbox;
  }

  /** One that locks: see lock.js. */
  set outbox(outbox) {
    this.keeping.keepIn(outbox);
  }

  // What controls read: see App in controls.js.
  get filling() {
    return this.session.filling;
  }

  get seed() {
    return this.session.instance;
  }

  get texts() {
    return this.#texts.get(this.language);
  }

  get rtl() {
    return this.form.languages[this.language].rtl ?? false;
  }

  answer({ node, scope }, answer) {
    this.session.answer(node, scope, answer);
    this.keeping.begin();
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
    const lock = this.newest.settings?.pin ? import('./lock.js') : null;
    const wanted = new URLSearchParams(location.search).get('draft');
    const anew = wanted === 'new';
    const find = async () => (anew ? null : (wanted && (await this.#find(wanted))) || this.#find());
    const onShelf = location.hash === SHELF;
    // What the outbox has to say may have been said before there were words for it.
    const [resumed] = await Promise.all([lock ? null : find(), this.#useForm(this.newest).then(() => this.#status())]);
    this.#listen();
    if (lock) await (await lock).guard(this);
    await this.#take(lock ? await find() : resumed);
    // A reload goes on with it.
    if (anew) inAddress(null);
    if (onShelf) this.#openShelf('pushState');
    if (this.extras.hasFiles && this.session) this.outbox.sweep(this.seed);
    this.keeping.sendOften();
    this.#shell = import('./shell.js').then(async (shell) => {
      if (!this.#resumed) await shell.update(() => this.#untouched());
      await shell.install();
      return shell;
    });
  }

  /** Nothing is lost where the page loads anew, and nobody is disturbed. */
  #untouched() {
    return !this.#shelf && !this.aside && this.session !== null && !this.session.begun;
  }

  /** A draft of this survey that no other page holds. */
  #find(instance) {
    return Session.resume(this.outbox, this.survey, instance);
  }

  async #take(resumed) {
    const draft = resumed && (await this.#formOf(resumed));
    if (!draft && this.stop?.all) return this.#halt();
    this.session = draft ? new Session({ ...this.#given(), ...draft }) : await Session.fresh(this.#given());
    this.#resumed = draft !== null && this.session.screen !== null;
    if (draft?.draft.tried) await this.ui.more('shelf').catch(() => {});
    return this.#begin();
  }

  /** Nobody is asked now. */
  #halt() {
    this.session = null;
    this.#shelf = null;
    this.#outcome = this.stop;
    this.#render();
    this.#status();
  }

  /** Goes on with a draft. @param {string} instance @returns {Promise<boolean>} whether it was to be had */
  async openDraft(instance) {
    if (this.session?.instance !== instance) {
      const resumed = await this.#find(instance);
      if (!resumed) return false;
      await this.session?.leave();
      inAddress(instance);
      await this.#take(resumed);
    } else this.#go(this.at, 'replaceState');
    this.view.focus();
    return true;
  }

  /** Begins another response; the one being filled stays among the drafts. */
  async startNew() {
    await this.session?.leave();
    this.#resumed = false;
    await this.#again();
  }

  /** Back from the shelf. */
  closeShelf() {
    if (history.state?.shelf) history.back();
    else if (this.session) this.#go(this.at, 'replaceState');
    else this.startNew();
  }

  // What a lock needs: see lock.js.

  /** @returns {Promise<boolean>} whether the answers are on the phone and gone from the page */
  async putAway() {
    $('screen').replaceChildren();
    await this.session.saved();
    if (!this.outbox.lasting) return false;
    await this.letGo();
    return true;
  }

  async letGo() {
    await this.session?.leave();
    this.session = null;
    this.current = null;
  }

  async takeOut() {
    if (this.session) this.#render();
    else await this.#take(await this.#find());
  }

  async #useForm(form) {
    this.form = form;
    this.#texts.clear();
    this.wanted = wantedBy(form);
    const rarer = needsMore(form) ? import('./functions-more.js') : null;
    [this.extras] = await Promise.all([load(this.wanted), this.#useLanguage(firstLanguage(form.languages)), rarer]);
    // Without its module an interview that was not to be begun comes with a flag, which is better than none.
    this.stop = form.paused ? await import('./paused.js').then(({ stop }) => stop(this)).catch(() => null) : null;
  }

  /** A draft goes on with the version it was begun with. Where that is not to be had it stays as it is. */
  async #formOf(resumed) {
    const { version = this.newest.version } = resumed.draft;
    if (version === this.newest.version) {
      if (this.form !== this.newest) await this.#useForm(this.newest);
      return resumed;
    }
    try {
      this.form = { version };
      const older = await getJson(this.#address('form'));
      if (older.version !== version) throw new Error('another version');
      await this.#useForm(older);
      return resumed;
    } catch {
      resumed.release();
      this.#olderKept = true;
      inAddress(null);
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
    this.#shelf = null;
    const { session, extras: { Audit } } = this;
    if (Audit) session.audit = new Audit(session.seconds);
    this.#titles();
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
    // A second tap of the same thumb is not meant for the next screen.
    $('next').addEventListener('click', (event) => { if (event.detail > 1) event.preventDefault(); });
    $('back').addEventListener('click', () => this.#back());
    $('send').addEventListener('click', () => this.#send());
    addEventListener('beforeunload', (event) => { if (!this.outbox.lasting) event.preventDefault(); });
    addEventListener('popstate', ({ state }) => this.#popped(state));
    $('shelf').addEventListener('click', () => { if (!this.#shelf && !this.aside) this.#openShelf('pushState'); });
    listenToContrast();
    listenToHide();
    $('language').addEventListener('change', ({ target }) => this.#switch(Number(target.value)));
  }

  /** Loads a language and writes everything around the screen in it. */
  async #useLanguage(index) {
    const language = this.form.languages[index];
    const texts = this.#texts.get(index) ?? getJson(textsAddress(this.survey, index, this.form));
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
    this.keeping.refresh();
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
    // The address of the shelf, where that was open before, is none of a screen's.
    history[how]({ instance: this.seed, screen: id, at: this.at, prev }, '', location.pathname + location.search);
    this.#arrive(focus);
  }

  #arrive(focus = true) {
    this.#shelf = null;
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
    if (location.hash === SHELF) return this.#openShelf();
    const shelf = this.#shelf;
    this.#shelf = null;
    // Answers that were sent are gone, and so are the screens that history still names.
    if (!this.session) return shelf && this.#render();
    this.#leave();
    const found = state?.instance === this.seed ? this.screens.findIndex(({ id }) => id === state.screen) : this.at;
    this.current = this.screens[found >= 0 ? found : Math.min(state?.at ?? 0, this.screens.length - 1)];
    return this.#arrive();
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

  async #openShelf(how) {
    await this.session?.saved();
    let shelf;
    try {
      const [{ Shelf }] = await Promise.all([import('./shelf.js'), this.ui.more('shelf')]);
      shelf = new Shelf($('screen'), this);
    } catch {
      say(this.ui.t('language_failed'));
      return;
    }
    if (how) history[how]({ shelf: true }, '', SHELF);
    this.#shelf = shelf;
    this.#render();
    this.#status();
  }

  #render() {
    if (this.aside) return this.aside();
    if (this.#shelf) return this.#shelf.draw();
    if (this.#outcome) return this.#outcome.draw();
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
    titled(title);
    this.session.title = title;
  }

  #progress() {
    const [n, total] = [Math.max(this.at, 0) + 1, this.screens.length];
    this.session.place = [n, total];
    $('back').hidden = n === 1;
    tellHow(n === 1, this.ui);
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
    const { instance, filling } = this.session;
    const { settings: { thanks } = {} } = this.form;
    const words = thanks === undefined ? null : filling.text(thanks, 0, filling.root);
    const kept = await this.session.finish(this.form.languages[this.language].tag).then(() => true, () => false);
    if (kept) {
      this.session = null;
      this.#resumed = false;
      this.#outcome = new Outcome(this, instance, words, { again: () => this.#again(), sendNow: () => this.keeping.sendNow() });
      inAddress(null, { done: true });
      await Promise.race([this.keeping.sendNow(), later(SOON)]);
      this.#render();
      this.view.focus();
      this.keeping.refresh();
    } else scrollTo(0, 0);
    $('send').disabled = false;
    this.#status();
  }

  #told(news) {
    if (this.#outcome?.hear(news) && document.body.dataset.screen === 'done') this.#render();
    this.#shelf?.hear();
    this.keeping.refresh();
  }

  async #again() {
    inAddress(null);
    // Where a newer version takes over, the page loads anew and this goes nowhere.
    if (this.outbox.lasting) (await this.#shell)?.update(() => this.#untouched());
    this.newest = await getJson(`/api/surveys/${encodeURIComponent(this.survey)}/form`).catch(() => this.newest);
    if (this.form !== this.newest) await this.#useForm(this.newest);
    if (this.stop?.all) this.#halt();
    else {
      this.session = await Session.fresh(this.#given());
      this.#begin();
    }
    this.view.focus();
  }

  async #startOver() {
    if (!confirm(this.ui.t('start_over_sure'))) return;
    await this.session.discard();
    this.#resumed = false;
    await this.#again();
  }

  /** Deletes what is being filled, from the shelf: the next one begins behind it. */
  async forget() {
    const shelf = this.#shelf;
    await this.session.discard();
    this.#resumed = false;
    await this.#again();
    this.#shelf = shelf;
    shelf.draw();
  }

  // What is going on

  #status() {
    if (!this.ui) return;
    const session = this.#shelf ? null : this.session;
    const startOver = button(this.ui.t('start_over'), () => this.#startOver(), { id: 'start-over' });
    this.keeping.say([
      !navigator.serviceWorker && session && this.at === 0 && { text: this.ui.t('stay_open') },
      this.#olderKept && session && { text: this.ui.t('older_kept') },
      session?.tried && { text: this.ui.t('edited_tried') },
      this.#resumed && session && { text: this.ui.t('resumed'), button: startOver },
    ]);
  }
}
