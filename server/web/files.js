// Files that are answers: what they are called, and where they are until they are sent (pieces.js).

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Browsers keep their own digest from pages without https. @param {ArrayBuffer} bytes @returns {Promise<string>} */
async function digestOf(bytes) {
  if (crypto.subtle) return hex(await crypto.subtle.digest('SHA-256', bytes));
  const { sha256 } = await import('./digest.js');
  return sha256(new Uint8Array(bytes));
}

/** Keeps a file beside the draft. @param {import('./session.js').Session} session @param {Blob} blob @param {string} ending
 * @returns {Promise<string>} its name, which is the answer */
export async function keep({ outbox, instance }, blob, ending) {
  const name = `${await digestOf(await blob.arrayBuffer())}.${ending}`;
  await outbox.saveFile({ instance, name, blob });
  return name;
}

/** Forgets a file that is no answer any more, once the draft says so as well.
 * @param {import('./session.js').Session} session @param {string} name */
export async function drop(session, name) {
  await session.saved();
  if (!JSON.stringify(session.filling.toAnswers(true)).includes(name)) await session.outbox.dropFile(session.instance, name);
}
