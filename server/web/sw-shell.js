// Pages and code on the phone. A cache belongs to one version of the code and holds only what is of it, so that files
// of two versions never meet; it counts as installed once all of it is there.

import { keepForm, lasting } from './sw-forms.js';

/** Set by the server; changes with any byte of the code. */
const ASSETS = '{{assets}}';
const SHELL = `baraza ${ASSETS}`;
const OURS = /^baraza \/a\//;
const IMPORTED = /from\s*["'`]\.\/([\w-]+\.js)["'`]/g;
const NOT_HERE = {
  en: 'This page is not on this phone yet. Open it once with a connection; after that it opens without one.',
  ar: 'هذه الصفحة ليست على هذا الهاتف بعد. افتحها مرة واحدة مع اتصال، وبعدها تُفتح بدونه.',
  fr: 'Cette page n’est pas encore sur ce téléphone. Ouvrez-la une fois avec du réseau ; ensuite elle s’ouvrira sans.',
  es: 'Esta página aún no está en este teléfono. Ábrala una vez con conexión; después se abre sin ella.',
  sw: 'Ukurasa huu bado haumo kwenye simu hii. Ufungue mara moja ukiwa na mtandao; baadaye utafunguka bila mtandao.',
};

/** Fetches for this version what the version before has. It throws where anything is missing, and the old version
 * stays; what has come by then is there at the next try. */
export async function install() {
  const before = (await caches.keys()).filter((name) => OURS.test(name) && name !== SHELL);
  const caught = await Promise.all(before.map(async (name) => (await caches.open(name)).keys()));
  await keep(caught.flat().map(({ url }) => new URL(url).pathname));
}

/** A page of the version before may be open still, and want parts of it; what is older goes. */
export async function tidy() {
  const old = (await caches.keys()).filter((name) => OURS.test(name) && name !== SHELL);
  await Promise.all(old.slice(0, -1).map((name) => caches.delete(name)));
}

/** Keeps addresses for the time without a network. @param {string[]} addresses paths, of forms with their query */
export async function keep(addresses) {
  const cache = await caches.open(SHELL);
  const left = addresses.map((address) => address.replace(/^\/a\/[^/]+/, ASSETS));
  const seen = new Set();
  while (left.length) {
    const address = left.pop();
    if (seen.has(address)) continue;
    seen.add(address);
    if (address.startsWith('/api/')) await keepApi(address);
    else if (address.startsWith('/a/')) left.push(...await keepAsset(cache, address));
    else await keepPage(cache, address);
  }
}

async function keepApi(address) {
  if (/\/form$/.test(address)) await keepForm(address);
  else await lasting(new Request(address));
}

/** @returns {Promise<string[]>} what it can't do without */
async function keepAsset(cache, address) {
  const reply = (await cache.match(address)) ?? (await fetched(cache, address));
  if (!reply || !address.endsWith('.js')) return [];
  return [...(await reply.text()).matchAll(IMPORTED)].map(([, name]) => `${ASSETS}/${name}`);
}

async function fetched(cache, address) {
  const reply = await fetch(address);
  // This version may do without it.
  if (reply.status === 404) return null;
  if (!reply.ok) throw new Error(`${address}: ${reply.status}`);
  await cache.put(address, reply.clone());
  return reply;
}

async function keepPage(cache, address) {
  const [path] = address.split('?');
  // What the browser has of this version needs no second way over the network.
  const had = await fetch(address, { cache: 'only-if-cached', mode: 'same-origin' }).catch(() => null);
  if (had && await isOurs(had)) return cache.put(path, had);
  return freshPage(cache, path);
}

async function freshPage(cache, address) {
  const reply = await fetch(address, { cache: 'no-cache' });
  if (reply.status === 404) return;
  if (!await isOurs(reply)) throw new Error(`${address} is of another version`);
  await cache.put(address, reply);
}

const isOurs = async (reply) => reply.ok && !reply.redirected && (await reply.clone().text()).includes(`${ASSETS}/`);

/** From the cache at once, since a weak link is worse than none; what is there is asked for meanwhile, for the next
 * time. @param {Request} request @param {(work: Promise<any>) => void} meanwhile */
export async function page(request, meanwhile) {
  const cache = await caches.open(SHELL);
  const { pathname } = new URL(request.url);
  const known = await cache.match(pathname);
  if (known) {
    meanwhile(freshPage(cache, pathname).catch(() => {}));
    return known;
  }
  try {
    const reply = await fetch(request);
    if (await isOurs(reply)) await cache.put(pathname, reply.clone());
    return reply;
  } catch {
    const lines = Object.entries(NOT_HERE).map(([lang, line]) => `<p lang="${lang}" dir="auto">${line}</p>`).join('');
    const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Baraza</title><style>body { margin: 1.5rem; font: 1.25rem/1.5 system-ui, sans-serif }</style><main>${lines}</main>`;
    return new Response(html, { status: 503, headers: { 'Content-Type': 'text/html; charset=utf-8' } });
  }
}

/** Of whatever version: a page that is older than this worker still loads parts of its own.
 * @param {Request} request */
export async function asset(request) {
  const known = await caches.match(request.url);
  if (known) return known;
  const reply = await fetch(request);
  if (reply.ok && request.url.includes(`${ASSETS}/`)) await (await caches.open(SHELL)).put(request.url, reply.clone());
  return reply;
}
