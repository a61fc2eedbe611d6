// The enumerator's page as it is drawn.

import { titled } from './cover.js';
import { linkField } from './enumerator.js';
import { reasons } from './paused.js';
import { show } from './status.js';
import { $, button, h } from './ui.js';

/** @typedef {import('./ui.js').Ui} Ui */
/** @typedef {{slug: string, title: string[], languages: {tag: string, name: string, rtl?: boolean}[], received: number,
 * today: number, paused?: import('./paused.js').Paused & {areas?: string[][]} | null, quotas: {label: string[], target: number, received: number}[]}} Survey */
/** @typedef {{kept: {survey: string}[], drafts: {survey: string, instance: string, saved: number}[]}} Here */

/** @param {Ui} ui @param {number} at @returns {string} the time, with the day where that is not today */
function moment(ui, at) {
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  const style = today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' };
  return new Intl.DateTimeFormat(ui.tag, style).format(date);
}

/** The survey's language that is nearest to that of the page. */
const nearest = (ui, { languages }) => Math.max(0, languages.findIndex(({ tag }) => tag.split('-')[0] === ui.own));

const spoken = ({ tag, rtl }) => ({ lang: tag === 'und' ? '' : tag, dir: rtl ? 'rtl' : 'ltr' });

const address = (slug, query) => `/s/${encodeURIComponent(slug)}?${new URLSearchParams(query)}`;

/**
 * Draws the page.
 * @param {Ui} ui
 * @param {{state: string, enumerator: {name: string} | null, at?: number, lasting: boolean, carried: boolean, surveys: Survey[]} & Here} known
 * @param {{send: () => void, leave: () => void, take: (token: string) => void}} does
 */
export function draw(ui, known, does) {
  const { state, enumerator, kept, drafts, surveys } = known;
  const name = enumerator?.name ?? ui.t('not_signed_in');
  titled(name);
  $('title').replaceChildren(h('bdi', {}, name));
  tell(ui, known);
  const focused = document.activeElement?.id;
  const works = state === 'now' || state === 'offline' || state === 'loading';
  const parts = [];
  if (!works) parts.push(linkField(ui, does.take));
  if (kept.length) parts.push(waiting(ui, kept, does.send));
  parts.push(...surveys.map((survey) => card(ui, survey, known, works)));
  const others = drafts.filter(({ survey }) => !surveys.some(({ slug }) => slug === survey));
  if (others.length) parts.push(h('article', { className: 'survey' }, unfinished(ui, others)));
  if (works && !surveys.length && state !== 'loading') parts.push(h('p', {}, ui.t('no_surveys')));
  if (works && enumerator) {
    parts.push(h('div', { className: 'leave' }, button(ui.t('sign_out'), does.leave, { id: 'sign-out', className: 'big' })));
  }
  $('screen').replaceChildren(...parts);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** What is going on, in the line that is always in sight. */
function tell(ui, { state, at, lasting, carried }) {
  const lines = [];
  if (!lasting) lines.push(ui.t('memory_only'));
  if (state === 'revoked' || state === 'signed_out') lines.push(ui.t(`field_${state}`));
  if (state === 'offline') lines.push(at ? ui.t('as_of', { when: moment(ui, at) }) : ui.t('never_loaded'));
  if (state === 'now' && carried) lines.push(ui.t('carried'));
  show(lines.map((text) => ({ text })));
}

function waiting(ui, kept, send) {
  const refused = kept.filter((one) => one.refused).length;
  return h('section', { className: 'waiting', 'aria-label': ui.t('outbox', { n: kept.length }) },
    h('p', {}, ui.t('outbox', { n: kept.length })),
    refused ? h('p', {}, ui.t('refused', { n: refused })) : null,
    button(ui.t('send_now'), send, { id: 'send-now', className: 'big' }),
    h('a', { className: 'go', id: 'look', href: `${address(kept[0].survey, {})}#shelf` }, ui.t('look')));
}

/** @param {Ui} ui @param {Survey} survey @param {Here} known @param {boolean} works whether interviews can be begun */
function card(ui, survey, known, works) {
  const index = nearest(ui, survey);
  const own = survey.languages[index];
  const of = ({ survey: slug }) => slug === survey.slug;
  const here = known.kept.filter(of).length;
  const drafts = known.drafts.filter(of);
  const { paused } = survey;
  const begins = works && (!paused || paused.areas);
  const counts = ui.t('counts', { n: survey.received, today: survey.today });
  return h('article', { className: 'survey', 'data-survey': survey.slug },
    h('h2', spoken(own), survey.title[index]),
    paused ? halted(ui, paused, index) : null,
    begins ? h('a', { className: 'go main', href: address(survey.slug, { lang: own.tag, draft: 'new' }) }, ui.t('begin')) : null,
    begins && survey.languages.length > 1 ? tongues(ui, survey, index) : null,
    h('p', { className: 'counts received' }, counts),
    h('p', { className: 'counts here', hidden: !here }, ui.t('here', { n: here })),
    drafts.length ? unfinished(ui, drafts) : null,
    works && survey.quotas.length ? quotas(ui, survey, index) : null);
}

/** Where nobody is asked at the moment, and why. */
function halted(ui, paused, index) {
  const areas = paused.areas?.[index].join(', ');
  const title = areas ? ui.t('paused_areas', { areas }) : ui.t(paused.closed ? 'closed_title' : 'paused_title');
  return h('div', { className: 'halted' }, h('p', {}, h('strong', {}, title)), ...reasons(ui, paused));
}

/** The form in its other languages. */
function tongues(ui, { slug, languages }, index) {
  const link = (language) => h('a', { className: 'go', href: address(slug, { lang: language.tag, draft: 'new' }), ...spoken(language) },
    language.name.replace(/\s*\([^)]*\)$/, ''));
  return h('nav', { className: 'tongues', 'aria-label': ui.t('begin_in') }, ...languages.filter((_, at) => at !== index).map(link));
}

function unfinished(ui, drafts) {
  const link = ({ survey, instance, saved }) => h('li', {}, h('a', {
    className: 'go', href: address(survey, { draft: instance }), 'data-draft': instance,
  }, ui.t('draft', { when: moment(ui, saved) })));
  return h('div', {}, h('h3', {}, ui.t('drafts')), h('ul', { className: 'drafts' }, ...drafts.map(link)));
}

function quotas(ui, survey, index) {
  const bar = ({ label, target, received }) => {
    const reached = received >= target;
    const whom = label[index] ? h('span', spoken(survey.languages[index]), label[index]) : ui.t('everybody');
    const count = ui.t('progress', { n: received, total: target });
    return h('li', { className: reached ? 'reached' : '' }, whom, `: ${count}`, reached ? ` ✓ ${ui.t('reached')}` : null,
      // The words say it all already.
      h('progress', { max: target, value: Math.min(received, target), 'aria-hidden': 'true' }));
  };
  return h('div', {}, h('h3', {}, ui.t('quotas')), h('ul', { className: 'quotas' }, ...survey.quotas.map(bar)));
}
