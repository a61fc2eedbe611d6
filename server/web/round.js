// One round of sending: what is ready in batches, then the files of the rest, then what became ready by that. A response
// leaves the phone's memory only when the server has named it among those that it has.

import { ask, unacknowledged } from './ask.js';
import { sendFiles } from './pieces.js';

/** @typedef {import('./outbox.js').Outbox} Outbox */
/** @typedef {import('./outbox.js').Kept} Kept */
/** @typedef {{state: import('./send.js').State, message?: string, code?: string, after?: number}} Outcome */

const ACKNOWLEDGED = ['stored', 'already_stored', 'conflict'];
const MOST_LINES = 50;
const MOST_CHARACTERS = 1 << 20;
/** Smaller ones don't get smaller by it. */
const WORTH_GZIP = 1024;
const PATIENCE = 120_000;

/** A round ends early where the connection is gone. */
class Waiting extends Error {
  constructor(after) {
    super('waiting');
    this.after = after;
  }
}

/**
 * @param {Outbox} outbox @param {(news: import('./send.js').News) => void} tell
 * @param {boolean} refusedToo what the server refused before as well
 * @param {{single?: boolean}} memory of earlier rounds: whether the server takes one response a request only
 * @returns {Promise<{waiting: boolean, after?: number}>}
 */
export async function round(outbox, tell, refusedToo, memory) {
  const all = (await outbox.kept()).filter(({ refused }) => refusedToo || !refused);
  const open = new Set();
  const heard = (news) => {
    if (news.state === 'sending') open.add(news.instance);
    else open.delete(news.instance);
    tell(news);
  };
  const work = { outbox, tell: heard, memory, later: false, after: undefined };
  try {
    // Answers are small, and don't wait for the photos of others.
    await sendAll(work, all.filter((kept) => !hasFiles(kept)));
    const ready = [];
    for (const kept of all.filter(hasFiles)) if (await filesArrived(work, kept)) ready.push(kept);
    await sendAll(work, ready);
    return { waiting: work.later, after: work.after };
  } catch (error) {
    open.forEach((instance) => heard({ instance, state: 'waiting' }));
    return { waiting: true, after: error.after };
  }
}

const hasFiles = ({ files = [], sent = [] }) => files.some((name) => !sent.includes(name));

/** The files go first, so that no response on the server names one that is still to come. But answers don't stay
 * behind for a file that the server will not have. */
async function filesArrived(work, kept) {
  work.tell({ instance: kept.instance, state: 'sending' });
  const failed = await sendFiles(work.outbox, kept);
  if (failed?.state === 'waiting') throw new Waiting(failed.after);
  kept.failed = failed;
  if (!kept.answered) return true;
  await settle(work, kept, { state: 'sent' });
  return false;
}

async function sendAll(work, ready) {
  const rest = [...ready];
  while (rest.length) {
    const batch = [];
    let size = 0;
    while (rest.length && batch.length < MOST_LINES && (!size || size + rest[0].body.length <= MOST_CHARACTERS)) {
      size += rest[0].body.length;
      batch.push(rest.shift());
    }
    await sendBatch(work, batch);
  }
}

async function sendBatch(work, batch) {
  const instances = batch.map(({ instance }) => instance);
  const untried = batch.filter(({ tried }) => !tried).map(({ instance }) => instance);
  if (untried.length) await work.outbox.change(untried, { tried: true });
  instances.forEach((instance) => work.tell({ instance, state: 'sending' }));
  const outcomes = work.memory.single || batch.length === 1 ? null : await asked(batch, work);
  for (const [at, kept] of batch.entries()) {
    const outcome = outcomes?.[at] ?? (await post(kept));
    await settle(work, kept, outcome);
    // One that could not be written now says nothing of the next; a lost connection does.
    if (outcome.state === 'waiting' && !outcomes) throw new Waiting(outcome.after);
  }
}

/** What became of each, or nothing where the server wants them one by one. */
async function asked(batch, work) {
  const lines = batch.map(({ body }) => `${body}\n`).join('');
  const reply = await ask('/api/responses', { method: 'POST', ...(await packed(lines)) }, PATIENCE);
  const { status, said } = reply;
  if (status === 200 && Array.isArray(said.responses)) {
    work.after = unacknowledged(reply).after;
    return batch.map(({ instance }, at) => outcomeOf(said.responses[at], instance));
  }
  if ([404, 405].includes(status)) work.memory.single = true;
  if ([400, 404, 405, 413, 415].includes(status)) return null;
  throw new Waiting(unacknowledged(reply).after);
}

function outcomeOf(said, instance) {
  const named = String(said?.instance_id ?? '').toLowerCase() === instance.toLowerCase();
  if (named && ACKNOWLEDGED.includes(said.status)) return { state: 'sent', missing: said.missing };
  if (said?.status === 'error') return { state: 'attention', message: String(said.message ?? said.code), code: said.code };
  return { state: 'waiting' };
}

/** A batch of one, and each where the server knows no batches. A 200 alone proves nothing: the sign-in page of a hotspot
 * answers so to everything. @returns {Promise<Outcome>} */
async function post({ survey, body }) {
  const address = `/api/surveys/${encodeURIComponent(survey)}/responses`;
  const reply = await ask(address, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }, PATIENCE);
  const { status, said } = reply;
  if ([200, 409].includes(status) && ACKNOWLEDGED.includes(said.status)) return { state: 'sent', missing: said.missing };
  return unacknowledged(reply);
}

async function settle(work, kept, outcome) {
  const { outbox, tell } = work;
  const { instance, failed } = kept;
  if (outcome.state === 'attention') return refuse(work, kept, outcome);
  if (outcome.state === 'waiting') {
    work.later = true;
    return tell({ instance, state: 'waiting' });
  }
  // Files that the server had, and has no more, are here still: they go once again.
  const sent = kept.sent?.filter((name) => !outcome.missing?.includes(name));
  if (sent && sent.length < kept.sent.length) {
    await outbox.change([instance], { answered: true, sent });
    work.later = true;
    return tell({ instance, state: 'waiting' });
  }
  if (failed) {
    await outbox.change([instance], { answered: true });
    return refuse(work, kept, { ...failed, state: 'partly' });
  }
  await outbox.remove(instance);
  return tell({ instance, state: 'sent' });
}

async function refuse({ outbox, tell }, { instance }, { state, message, code }) {
  await outbox.change([instance], { refused: message, code });
  tell({ instance, state, message, code });
}

async function packed(lines) {
  const headers = { 'Content-Type': 'application/x-ndjson' };
  if (!globalThis.CompressionStream || lines.length < WORTH_GZIP) return { body: lines, headers };
  const stream = new Blob([lines]).stream().pipeThrough(new CompressionStream('gzip'));
  return { body: await new Response(stream).blob(), headers: { ...headers, 'Content-Encoding': 'gzip' } };
}
