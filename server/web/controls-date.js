// Dates of which only the month or the year is asked, and dates that people know by another calendar.

import { plainDigits, typed } from './controls.js';
import { h } from './ui.js';
import { isPass } from './values.js';

/** @typedef {import('./controls.js').Question} Question */

/** Appearances that name a calendar, and the name that browsers have for it, where they do. */
const CALENDARS = {
  ethiopian: 'ethiopic', coptic: 'coptic', islamic: 'islamic-umalqura', persian: 'persian', 'bikram-sambat': '', myanmar: '',
};

/** The first of the year or month, as ODK keeps them. */
function isoOf(year, month) {
  const plain = plainDigits(year).trim();
  if (!plain && !month) return '';
  return /^\d{4}$/.test(plain) && month ? `${plain}-${month}-01` : `${plain}-${month}`;
}

const pad = (n) => String(n).padStart(2, '0');

function monthNames(tag) {
  const format = new Intl.DateTimeFormat([tag, 'en'], { month: 'long', timeZone: 'UTC', calendar: 'gregory' });
  return Array.from({ length: 12 }, (_, month) => format.format(Date.UTC(2024, month, 15)));
}

function parts(q, withMonth) {
  const year = h('input', {
    type: 'text', inputMode: 'numeric', maxLength: 4, autocomplete: 'off', className: 'short', placeholder: q.t('year'), 'aria-label': q.t('year'),
  });
  const options = monthNames(q.app.ui.tag).map((name, at) => h('option', { value: pad(at + 1) }, name));
  const month = h('select', { 'aria-label': q.t('month') }, h('option', { value: '' }, q.t('month')), ...options);
  const read = () => q.set(isoOf(year.value, withMonth ? month.value : year.value && '01'));
  year.addEventListener('input', read);
  month.addEventListener('change', read);
  const [, ofYear = '', ofMonth = ''] = /^(\d*)-(\d*)/.exec(isPass(q.answer) ? '' : q.answer ?? '') ?? [];
  [year.value, month.value] = [ofYear, ofMonth];
  q.onShow((answer) => { if (isPass(answer)) [year.value, month.value] = ['', '']; });
  return h('div', { className: 'parts' }, withMonth ? month : null, year);
}

/** The phone's own calendar, with the day in the other one under it. */
function otherCalendar(q, calendar) {
  const output = h('output', { htmlFor: q.id, className: 'hint' });
  q.onShow((answer) => {
    const known = calendar && /^\d{4}-\d\d-\d\d$/.test(answer);
    output.textContent = known ? new Intl.DateTimeFormat(`${q.app.ui.tag}-u-ca-${calendar}`, { dateStyle: 'long', timeZone: 'UTC' })
      .format(new Date(answer)) : q.t('gregorian');
  });
  return h('div', {}, typed(q, { type: 'date' }), output);
}

/** @param {Question} q @returns {HTMLElement | undefined} */
export function control(q) {
  if (q.node.kind !== 'date' || q.locked) return undefined;
  if (q.has('year')) return parts(q, false);
  if (q.has('month-year')) return parts(q, true);
  const other = q.node.appearance?.find((word) => word in CALENDARS);
  return other === undefined ? undefined : otherCalendar(q, CALENDARS[other]);
}
