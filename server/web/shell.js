// The page as an app: opens without a network, and takes up a newer version when nobody is in the middle of anything.

const pathOf = (url) => {
  const { pathname, search } = new URL(url);
  return pathname + search;
};

/** What this page was made of, as far as it may be wanted again. */
function parts() {
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  const ours = loaded.filter((url) => url.startsWith(`${location.origin}/a/`) || /\/api\/surveys\/[^/]+\/(form$|texts\/|files\/)/.test(url));
  return [location.href.split('#')[0], ...ours].map(pathOf);
}

/** What the first question does without, and a phone without a network may not: hiding, sending, and the shelf. */
const OFFLINE = ['away.js', 'decoy.js', 'decoy.css', 'decoy.svg', 'shelf.css'];
const TOPICS = ['hide', 'shelf'];

function needed() {
  const here = new URL('.', import.meta.url).pathname;
  const language = document.getElementById('tools').lang || 'en';
  return [...OFFLINE, ...TOPICS.map((topic) => `i18n/${topic}/${language}.json`)].map((name) => here + name);
}

/** Installs the worker, and has it keep this page. Without https there is none, and nothing to do.
 * @returns {Promise<boolean>} whether the page now opens without a network */
export async function install() {
  if (!navigator.serviceWorker) return false;
  const done = (kept) => {
    document.body.dataset.offline = String(kept);
    return kept;
  };
  try {
    // What comes by way of the worker is kept already.
    const known = navigator.serviceWorker.controller;
    await navigator.serviceWorker.register('/sw.js');
    return done(await keep(known ? needed() : [...parts(), ...needed()]));
  } catch {
    return done(false);
  }
}

/** @param {string[]} addresses @returns {Promise<boolean>} whether all of them are kept */
export async function keep(addresses) {
  if (!navigator.serviceWorker || !addresses.length) return false;
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  const kept = new Promise((resolve) => { port1.onmessage = ({ data }) => resolve(data); });
  active.postMessage({ keep: addresses }, [port2]);
  return kept;
}

/** Takes up a newer version that has arrived, where this is the only page: for when nothing is being filled. The page
 * loads anew then, but the browser may take its time, and by then somebody may have begun.
 * @param {() => boolean} idle whether nothing is being filled at that moment */
export async function update(idle) {
  const registration = await navigator.serviceWorker?.getRegistration();
  if (!registration?.waiting) return;
  const begin = () => {
    if (!idle()) return;
    // What is typed while the page goes would be lost.
    document.getElementById('screen').textContent = '…';
    location.reload();
  };
  navigator.serviceWorker.addEventListener('controllerchange', begin, { once: true });
  registration.waiting.postMessage({ now: true });
}
