// Entry of the phone's page: loads the form and starts.

import { App } from './app.js';
import { button, getJson, h, remembered } from './ui.js';

async function load() {
  const { survey } = document.body.dataset;
  try {
    const form = await getJson(`/api/surveys/${encodeURIComponent(survey)}/form`);
    // Said before the first question to those whom it concerns; the form does not wait for it.
    if (form.settings?.sign_in || remembered('baraza-enumerator')) import('./signed.js').then(({ sayWho }) => sayWho()).catch(() => {});
    await new App(survey, form).start();
  } catch (error) {
    // No text of the interface may have arrived, so that this one is not translated.
    console.error(error);
    document.body.dataset.screen = 'failed';
    document.getElementById('screen').replaceChildren(
      h('p', { role: 'alert', lang: 'en' }, 'The form could not be loaded. Check the connection and try again.'),
      button('↻ Try again', () => location.reload(), { className: 'big', lang: 'en' }),
    );
  }
}

// Other pages have this file as well, for what it holds.
if (document.body.dataset.survey) load();
