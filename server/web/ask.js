// What sending has in common: a request with an end to its patience, and what a refusal looks like. No document.

/** Statuses that mean this will never be taken as it is. The same from a proxy, without our words, is none. */
const REFUSALS = [400, 401, 404, 413, 415, 422, 507];

/** @param {string} address @param {RequestInit} options @param {number} patience in milliseconds
 * @returns {Promise<{status: number, headers: Headers, said: any}>} said: what the server wrote, `{}` where it is no JSON */
export async function ask(address, options, patience) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patience);
  try {
    const reply = await fetch(address, { ...options, signal: abort.signal });
    const said = await reply.json().catch(() => null);
    return { status: reply.status, headers: reply.headers, said: said ?? {} };
  } finally {
    clearTimeout(timer);
  }
}

/** What becomes of something that was not acknowledged. @returns {import('./round.js').Outcome} */
export function unacknowledged({ status, headers, said }) {
  const refused = REFUSALS.includes(status) || (status === 403 && said.code);
  if (refused && said.status === 'error') return { state: 'attention', message: String(said.message ?? status), code: said.code };
  const seconds = Number(headers.get('Retry-After'));
  return { state: 'waiting', after: seconds > 0 ? seconds * 1000 : undefined };
}
