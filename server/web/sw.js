// The service worker: opens pages without a network, and sends what waits when no page is open.

import { Outbox } from './outbox.js';
import { Sender } from './send.js';
import { form, lasting } from './sw-forms.js';
import { asset, install, keep, page, tidy } from './sw-shell.js';

const PAGES = /^\/(s\/[^/]+|field|sign-in)$/;
const FORM = /^\/api\/surveys\/[^/]+\/form$/;
const LASTING = /^\/api\/surveys\/[^/]+\/(texts|files)\//;

/** How a request is answered; null where it goes to the network as ever. */
function way(request) {
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return null;
  if (request.mode === 'navigate') return PAGES.test(pathname) ? page : null;
  if (pathname.startsWith('/a/')) return asset;
  if (FORM.test(pathname)) return form;
  return LASTING.test(pathname) && searchParams.has('v') ? lasting : null;
}

/** Sends until there is nothing left; rejects where something has to wait, so that the browser comes again. */
async function send() {
  const outbox = new Outbox();
  await new Sender(outbox, () => {}).flush(false);
  const waiting = (await outbox.kept()).filter(({ refused }) => !refused);
  // What can't be read may wait as well.
  if (waiting.length || outbox.trouble) throw new Error(`${waiting.length} waiting`);
}

addEventListener('install', (event) => event.waitUntil(install()));

// There is no skipping of the wait, but on a page's word: an update never touches a form that is being filled.
addEventListener('activate', (event) => event.waitUntil(tidy().then(() => clients.claim())));

addEventListener('fetch', (event) => {
  const answer = way(event.request);
  if (answer) event.respondWith(answer(event.request, (work) => event.waitUntil(work)));
});

addEventListener('sync', (event) => {
  if (event.tag === 'baraza-outbox') event.waitUntil(send());
});

addEventListener('message', (event) => {
  const { data, ports: [reply] } = event;
  if (data.keep) event.waitUntil(keep(data.keep).then(() => reply?.postMessage(true), () => reply?.postMessage(false)));
  if (data.now) event.waitUntil(takeOver());
});

/** Only where no other page could have a form half filled. */
async function takeOver() {
  const pages = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (pages.length < 2) await skipWaiting();
}
