// One response being filled: its identity, its answers, and the draft that outlives a reload.

import { Filling, isAsked, isFile } from './filling.js';
import { localIso, remembered, uuid } from './ui.js';
import { answerFromText, isBlank } from './values.js';

const DEVICE = 'baraza-device';
const ENUMERATOR = 'baraza-enumerator';
/** How long another page may hold a draft before it counts as open there. */
const PATIENCE = 500;

/** A response from its first screen to its sending. */
export class Session {
  #saving = null;
  #dirty = false;
  #closed = false;
  #release = () => {};

  /** @param {{survey: string, form: any, texts: any[], outbox: import('./outbox.js').Outbox,
   * stored?: (node: any, answer: any) => any, seeded?: Function, draft?: any, release?: () => void}} given stored: an answer
   * as it may be kept; seeded: see seeded.js */
  constructor({ survey, form, texts, outbox, stored, seeded, draft, release }) {
    if (release) this.#release = release;
    this.stored = stored ?? ((_, answer) => answer);
    this.survey = survey;
    this.outbox = outbox;
    this.form = form;
    this.instance = draft?.instance ?? uuid();
    this.started = draft?.started ?? localIso();
    this.screen = draft?.screen ?? null;
    /** Number of the screen and of all screens, for the list of drafts. */
    this.place = draft?.place;
    /** The survey's, for lists in which its form is not at hand. */
    this.title = draft?.title;
    this.tried = draft?.tried;
    /** Of each question, where the form asks for it: see audit.js. */
    this.seconds = draft?.audit;
    this.audit = null;
    /** Whether anything was answered, here or before. */
    this.begun = draft !== undefined;
    const env = { now: localIso(), random: Math.random, uuid, texts, version: form.version };
    this.filling = new Filling(form, env);
    this.filling.seeded = seeded;
    if (draft) this.filling.fromAnswers(draft.answers);
  }

  /** The newest draft that no other tab holds, to be given to a session.
   * @param {import('./outbox.js').Outbox} outbox @param {string} survey @param {string} [instance] this one only
   * @returns {Promise<{draft: any, release: () => void} | null>} */
  static async resume(outbox, survey, instance) {
    for (const draft of await outbox.drafts(survey)) {
      // One that is sealed was begun while the survey asked for a PIN: it can't be read here.
      const wanted = (!instance || draft.instance === instance) && !draft.sealed;
      const release = wanted ? await claim(draft.instance) : null;
      if (release) return { draft, release };
    }
    return null;
  }

  static async fresh(given) {
    const session = new Session(given);
    session.#release = (await claim(session.instance)) ?? session.#release;
    return session;
  }

  /** Values given by a link: hidden nodes take them always, questions only while they have no answer. */
  prefill(parameters) {
    const { form, filling } = this;
    form.nodes.forEach((node, id) => {
      const hidden = node.kind === 'hidden';
      if (!id || filling.around[id].length || !(hidden || isAsked(node)) || !parameters.has(node.key)) return;
      // Nobody consents for somebody else, and a link carries no photos.
      if (node.role === 'consent' || isFile(node)) return;
      if (!hidden && !isBlank(filling.get(id, filling.root))) return;
      filling.set(id, filling.root, this.stored(node, answerFromText(node.kind, parameters.get(node.key))));
    });
  }

  /** What only the browser knows and some forms ask for: a name for it, without a meaning anywhere else. */
  identify() {
    const id = this.form.nodes.findIndex(({ kind }) => kind === 'device_id');
    if (id > 0) this.filling.set(id, this.filling.root, remembered(DEVICE) ?? remembered(DEVICE, uuid()) ?? '');
  }

  /** @param {number} node @param {import('./scope.js').Scope} scope @param {any} answer */
  answer(node, scope, answer) {
    this.begun = true;
    this.filling.env.now = localIso();
    this.filling.set(node, scope, this.stored(this.form.nodes[node], answer));
    this.save();
  }

  /** Journals the draft. Writes that come while one is under way become one, with the latest answers. */
  save() {
    // A draft written after the response was finished would be sent a second time.
    if (this.#closed) return;
    this.#dirty = true;
    this.#saving ??= this.#write().finally(() => { this.#saving = null; });
  }

  /** Resolves once the draft is as the answers are. */
  async saved() {
    await this.#saving;
  }

  async #write() {
    // The screens follow the answer first, and the draft says which of them it is.
    await null;
    while (this.#dirty) {
      this.#dirty = false;
      const { instance, survey, title, started, screen, place, tried, form: { version } } = this;
      const answers = this.filling.toAnswers(true);
      const audit = this.audit?.seconds;
      await this.outbox.saveDraft({ instance, survey, version, saved: Date.now(), title, started, screen, place, tried, answers, audit });
    }
  }

  /** Moves the response from the drafts to the outbox, or fails and goes on as before. @param {string} language */
  async finish(language) {
    this.#closed = true;
    await this.#saving;
    const finished = localIso();
    this.filling.env.now = finished;
    this.filling.finish();
    if (this.audit) {
      const id = this.form.nodes.findIndex(({ kind }) => kind === 'audit');
      this.filling.set(id, this.filling.root, this.audit.text());
    }
    const { form: { id, version }, instance, survey, title, started, tried } = this;
    const answers = this.filling.toAnswers();
    const enumerator = enumeratorId();
    const response = { form: id, version, instance_id: instance, enumerator, started, finished, language, answers };
    const kept = { instance, survey, title, body: JSON.stringify(response), saved: Date.now(), tried, audit: this.audit?.seconds, pin: this.form.settings?.pin };
    try {
      await this.outbox.finish(kept);
    } catch (error) {
      this.#closed = false;
      throw error;
    }
    this.#release();
  }

  /** Lets go of the draft, which stays. */
  async leave() {
    await this.#saving;
    this.#closed = true;
    this.#release();
  }

  /** Forgets everything. */
  async discard() {
    this.#closed = true;
    await this.#saving;
    await this.outbox.dropDraft(this.instance);
    this.#release();
  }
}

/** Who is signed in on this phone. */
function enumeratorId() {
  try {
    return JSON.parse(remembered(ENUMERATOR) ?? 'null')?.id;
  } catch {
    return undefined;
  }
}

/** Two tabs must not write the same draft. Without locks (plain http) the later tab takes it over.
 * @param {string} instance @returns {Promise<(() => void) | null>} what gives it free again, null where another tab has it */
export function claim(instance) {
  if (!navigator.locks) return Promise.resolve(() => {});
  // A page that is loaded again may ask before the browser has let go of what it held.
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE);
  return new Promise((resolve) => {
    const hold = () => {
      clearTimeout(timer);
      return new Promise((release) => { resolve(release); });
    };
    const failed = ({ name }) => resolve(name === 'AbortError' ? null : () => {});
    navigator.locks.request(`baraza ${instance}`, { signal: abort.signal }, hold).catch(failed);
  });
}
