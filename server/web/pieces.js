// The files of a response on their way: small ones whole, larger ones in pieces, from where the server has got to. A
// connection that lasts for one piece at a time is enough.

import { ask, unacknowledged } from './ask.js';

/** @typedef {import('./round.js').Outcome} Outcome */

const PIECE = 256 << 10;
/** A piece at 7 kbit/s. */
const PATIENCE = 300_000;
const HAS = ['stored', 'already_stored'];
/** The server may lose its place now and then, not for ever. */
const MOST_STUMBLES = 3;

/**
 * Sends the files of a response, each until the server has said that it has it; a refused one does not hold up the rest.
 * @param {import('./outbox.js').Outbox} outbox @param {import('./outbox.js').Kept} kept
 * @returns {Promise<Outcome | null>} what became of one that did not arrive
 */
export async function sendFiles(outbox, kept) {
  let refused = null;
  for (const name of kept.files) {
    const file = kept.sent?.includes(name) ? null : await outbox.file(kept.instance, name);
    // What the browser has lost can't be sent; the answers can.
    if (!file) continue;
    const outcome = await put(`/api/surveys/${encodeURIComponent(kept.survey)}/media/${name}`, file);
    if (outcome.state === 'waiting') return outcome;
    if (outcome.state === 'sent') {
      kept.sent = [...(kept.sent ?? []), name];
      await outbox.change([kept.instance], { sent: kept.sent });
    } else refused ??= outcome;
  }
  return refused;
}

async function put(address, file) {
  if (file.size > PIECE) {
    const there = await ask(address, { method: 'HEAD' }, PATIENCE);
    if (there.headers.get('Upload-Complete') === '?1') return { state: 'sent' };
    const offset = there.headers.get('Upload-Offset');
    // An older server takes files whole.
    if (there.status === 200 && offset !== null) return inPieces(address, file, Number(offset));
    if (![404, 405].includes(there.status)) return unacknowledged(there);
  }
  return outcomeOf(await ask(address, { method: 'PUT', body: file, headers: { 'Content-Type': 'application/octet-stream' } }, 3 * PATIENCE));
}

const outcomeOf = (reply) =>
  (reply.status === 200 && HAS.includes(reply.said.status) ? { state: 'sent' } : unacknowledged(reply));

async function inPieces(address, file, from) {
  let offset = from;
  let again = false;
  for (let stumbles = 0; stumbles <= MOST_STUMBLES;) {
    const reply = await ask(address, {
      method: 'PATCH',
      body: file.slice(offset, offset + PIECE),
      headers: { 'Content-Type': 'application/partial-upload', 'Upload-Offset': offset, 'Upload-Length': file.size },
    }, PATIENCE);
    const { status, said } = reply;
    if (status === 200 && said.status === 'partial' && said.offset > offset) offset = said.offset;
    else if (status === 409 && said.code === 'offset') {
      stumbles += 1;
      offset = said.offset;
    } else if (status === 400 && said.status === 'error' && !again) {
      // The bytes that are there are not the file's, and the server has dropped them.
      again = true;
      offset = 0;
    } else return outcomeOf(reply);
  }
  return { state: 'waiting' };
}
