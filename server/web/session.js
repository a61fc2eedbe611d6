// One response being filled: its identity, its answers, and the draft that outlives a reload.

import { Filling, isAsked } from './filling.js';
import { localIso, uuid } from './ui.js';
import { answerFromText, isBlank } from './values.js';

/** A response from its first screen to its sending. */
export class Session {
  #saving = null;
  #dirty = false;
  #closed = false;
  #release = () => {};

  /** @param {{survey: string, form: any, texts: any[], outbox: import('./outbox.js').Outbox, draft?: any}} given */
  constructor({ survey, form, texts, outbox, draft }) {
    this.survey = survey;
    this.outbox = outbox;
    this.form = form;
    this.instance = draft?.instance ?? uuid();
    this.started = draft?.started ?? localIso();
    this.screen = draft?.screen ?? null;
    const env = { now: localIso(), random: Math.random, uuid, texts, version: form.version };
    this.filling = new Filling(form, env);
    if (draft) this.filling.fromAnswers(draft.answers);
  }

  /** The newest draft that no other tab holds, or a fresh response. */
  static async open(given) {
    for (const draft of await given.outbox.drafts(given.survey)) {
      const session = new Session({ ...given, draft });
      if (await session.#claim()) return session;
    }
    return Session.fresh(given);
  }

  static async fresh(given) {
    const session = new Session(given);
    await session.#claim();
    return session;
  }

  /** Values given by a link: hidden nodes take them always, questions only while they have no answer. */
  prefill(parameters) {
    const { form, filling } = this;
    form.nodes.forEach((node, id) => {
      const hidden = node.kind === 'hidden';
      if (!id || filling.around[id].length || !(hidden || isAsked(node)) || !parameters.has(node.key)) return;
      // Nobody consents for somebody else.
      if (node.role === 'consent') return;
      if (!hidden && !isBlank(filling.get(id, filling.root))) return;
      filling.set(id, filling.root, answerFromText(node.kind, parameters.get(node.key)));
    });
  }

  /** @param {number} node @param {import('./scope.js').Scope} scope @param {any} answer */
  answer(node, scope, answer) {
    this.filling.env.now = localIso();
    this.filling.set(node, scope, answer);
    this.save();
  }

  /** Journals the draft. Writes that come while one is under way become one, with the latest answers. */
  save() {
    // A draft written after the response was finished would be sent a second time.
    if (this.#closed) return;
    this.#dirty = true;
    this.#saving ??= this.#write().finally(() => { this.#saving = null; });
  }

  async #write() {
    while (this.#dirty) {
      this.#dirty = false;
      const { instance, survey, started, screen } = this;
      const answers = this.filling.toAnswers(true);
      await this.outbox.saveDraft({ instance, survey, started, screen, answers, saved: Date.now() });
    }
  }

  /** Moves the response from the drafts to the outbox. @param {string} language */
  async finish(language) {
    this.#closed = true;
    await this.#saving;
    const finished = localIso();
    this.filling.env.now = finished;
    this.filling.finish();
    const { form: { id, version }, instance, started } = this;
    const answers = this.filling.toAnswers();
    const response = { form: id, version, instance_id: instance, started, finished, language, answers };
    await this.outbox.finish({ instance, survey: this.survey, body: JSON.stringify(response), saved: Date.now() });
    this.#release();
  }

  /** Forgets everything. */
  async discard() {
    this.#closed = true;
    await this.#saving;
    await this.outbox.dropDraft(this.instance);
    this.#release();
  }

  /** Two tabs must not write the same draft. Without locks (plain http) the later tab takes it over. */
  #claim() {
    if (!navigator.locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      const hold = (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise((release) => { this.#release = release; });
      };
      navigator.locks.request(`baraza ${this.instance}`, { ifAvailable: true }, hold).catch(() => resolve(true));
    });
  }
}
