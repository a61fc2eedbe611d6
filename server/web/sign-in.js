// Entry of the page that an enumerator's link leads to. What signs in stands after the `#`: it leaves the address bar
// and the history at once, and waits in the session where there is no connection.

import { linkField, offerLanguages, ownLanguage, signIn, signedIn } from './enumerator.js';
import { $, Ui, button, h } from './ui.js';

const TOKEN = 'baraza-token';
const PATIENCE = 30_000;

/** For this tab alone; where the browser forbids it, for this page. */
const waiting = {
  token: null,
  get() {
    try {
      return sessionStorage.getItem(TOKEN) ?? this.token;
    } catch {
      return this.token;
    }
  },
  set(token) {
    this.token = token;
    try {
      if (token) sessionStorage.setItem(TOKEN, token);
      else sessionStorage.removeItem(TOKEN);
    } catch {
      // Kept by this page.
    }
  },
};

let ui = null;
let shown = null;

function takeFragment() {
  const token = location.hash.slice(1);
  if (token) waiting.set(token);
  history.replaceState(null, '', location.pathname);
}

async function ask(token) {
  const reply = await fetch('/api/session', {
    method: 'POST', body: JSON.stringify({ token }), headers: { 'Content-Type': 'application/json' },
    signal: AbortSignal.timeout?.(PATIENCE),
  });
  return { status: reply.status, said: await reply.json().catch(() => ({})) };
}

/** What became of a sign-in: `done`, `unknown`, `revoked`, `busy`, `offline`, or `none` where there is no link. */
async function attempt() {
  const token = waiting.get();
  if (!token) return 'none';
  try {
    const { status, said } = await ask(token);
    // A hotspot's own page answers 200 to everything.
    if (status === 200 && said.enumerator?.id) {
      waiting.set(null);
      signIn(said.enumerator);
      return 'done';
    }
    if (status === 401 && (said.code === 'unknown' || said.code === 'revoked')) {
      waiting.set(null);
      return said.code;
    }
    return status === 200 ? 'offline' : 'busy';
  } catch {
    return 'offline';
  }
}

async function run() {
  show('trying');
  const state = await attempt();
  if (state === 'done') location.replace('/field');
  else show(state);
}

function show(state) {
  shown = state;
  document.body.dataset.screen = 'sign-in';
  document.body.dataset.state = state;
  document.title = ui.t('sign_in');
  $('title').textContent = ui.t('sign_in');
  const text = h('div', { className: 'outcome', role: 'status' }, h('h2', { className: 'label', tabIndex: -1 }, ui.t(`sign_in_${state}`)),
    state === 'trying' ? null : h('p', {}, ui.t(`sign_in_${state}_text`)));
  const more = [];
  if (state === 'offline' || state === 'busy') more.push(button(ui.t('try_again'), run, { id: 'try-again', className: 'big' }));
  const name = signedIn()?.name;
  if (name && state !== 'trying') {
    const go = () => { location.href = '/field'; };
    more.push(h('p', {}, ui.t('still_signed_in', { name })), button(ui.t('to_surveys'), go, { id: 'to-surveys', className: 'big' }));
  }
  if (state !== 'trying') {
    more.push(linkField(ui, (token) => {
      waiting.set(token);
      run();
    }));
  }
  $('screen').replaceChildren(text, ...more);
}

async function speak(tag) {
  ui = await Ui.in(tag, ['', 'field'], ui ?? undefined);
  offerLanguages(ui, async (chosen) => {
    await speak(chosen);
    show(shown);
  });
}

async function start() {
  takeFragment();
  await speak(ownLanguage());
  addEventListener('online', () => { if (shown === 'offline') run(); });
  // A second link opened in the same tab changes the fragment alone.
  addEventListener('hashchange', () => {
    if (!location.hash) return;
    takeFragment();
    run();
  });
  await run();
}

start().catch((error) => {
  // No text of the interface has arrived, so that this one is not translated. The link waits in the session.
  console.error(error);
  document.body.dataset.screen = 'failed';
  $('screen').replaceChildren(
    h('p', { role: 'alert', lang: 'en' }, 'The page could not be loaded. Check the connection and try again.'),
    button('↻ Try again', () => location.reload(), { className: 'big', lang: 'en' }),
  );
});
