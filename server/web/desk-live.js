// Follows what arrives in the field: when the server says that something has, the page is asked for anew, and the parts
// that differ are put into this one. Without this there is the link that shows it anew.

/** Milliseconds between two things that are said aloud: arrivals are many, and whoever listens reads something. */
const QUIET = 20_000;
/** Milliseconds before it is tried again where the server had no place. */
const AGAIN = 30_000;

const figures = document.getElementById('figures');
const told = document.getElementById('told');
let events = null;
let isAsking = false;
let isBehind = false;
let spoken = 0;

function show(follows) {
  document.getElementById('follows').hidden = !follows;
  document.getElementById('lost').hidden = follows;
}

/** Puts in what differs; what somebody is just at stays until they have left it. */
function take(page) {
  for (const next of page.querySelectorAll('#figures [id]')) {
    const now = document.getElementById(next.id);
    if (!now || now.innerHTML === next.innerHTML || now.contains(document.activeElement)) continue;
    now.replaceChildren(...document.importNode(next, true).childNodes);
  }
  const total = document.getElementById('total').textContent;
  if (told.textContent !== total && Date.now() - spoken > QUIET) {
    spoken = Date.now();
    told.textContent = total;
  }
}

/** One at a time: what changes meanwhile is asked for after it. */
async function ask() {
  isBehind = isAsking;
  if (isAsking) return;
  isAsking = true;
  try {
    const response = await fetch(location.pathname, { headers: { accept: 'text/html' } });
    if (response.ok && !response.redirected) take(new DOMParser().parseFromString(await response.text(), 'text/html'));
  } catch {
    // The connection is gone; the events come back with it, and tell.
  } finally {
    isAsking = false;
  }
  if (isBehind) ask();
}

function stop() {
  events?.close();
  events = null;
}

function follow() {
  stop();
  events = new EventSource(figures.dataset.live);
  events.addEventListener('open', () => show(true));
  events.addEventListener('changed', ask);
  events.addEventListener('ended', () => {
    stop();
    show(false);
  });
  events.addEventListener('error', () => {
    if (events?.readyState !== EventSource.CLOSED) return;
    stop();
    show(false);
    setTimeout(() => { if (!events && !document.hidden) follow(); }, AGAIN);
  });
}

// What nobody looks at costs nothing: neither the phone's battery nor a place at the server.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) stop();
  else follow();
});
if (!document.hidden) follow();
