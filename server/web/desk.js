// What scripts add to the pages of the desk; all of them work without.

import './print.js';

/** What opens a link stands after its `#`: it goes into the form, and out of the address bar and the history. */
function takeToken() {
  const form = document.getElementById('link');
  const token = location.hash.slice(1);
  if (!form || !token) return;
  history.replaceState(null, '', location.pathname);
  form.elements.token.value = token;
  form.requestSubmit();
}

/** Passwords are shown as they are typed while the button is pressed in. */
function offerToShow() {
  for (const button of document.querySelectorAll('[data-show]')) {
    const inputs = button.dataset.show.split(' ').map((id) => document.getElementById(id));
    button.hidden = false;
    button.addEventListener('click', () => {
      const shown = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', String(shown));
      for (const input of inputs) input.type = shown ? 'text' : 'password';
    });
    // A browser keeps what was typed into a field of text, and offers it to whoever comes next.
    button.form.addEventListener('submit', () => {
      for (const input of inputs) input.type = 'password';
    });
  }
}

/** Whether the page came safely only the browser knows: behind a proxy the server sees plain http in any case. */
function warnOfPlainHttp() {
  if (isSecureContext) return;
  for (const warning of document.querySelectorAll('[data-insecure]')) warning.hidden = false;
}

takeToken();
addEventListener('hashchange', takeToken);
offerToShow();
warnOfPlainHttp();
