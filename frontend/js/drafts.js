// Nothing typed is ever lost: `form[data-draft="lead:new"]` is kept as it looks, with the version of the record that it
// shows, while it differs from how it came; until it is saved, or left by `[data-forget]`. A form that is saved in place of
// another (the choice between two versions) names that one's draft: `data-saves`.
import { htmx } from './setup.js';
import { eachArrival, on, own, strings, within } from './dom.js';

const FIELDS = 'input, textarea, option';
const BESIDE = ['csrfmiddlewaretoken', 'version', 'once'];
/** What forms said as they came; nothing equals what came with something typed. */
const came = new WeakMap();

const key = (form) => own(`draft:${form.dataset.saves ?? form.dataset.draft}`);
const secret = (form, name) => form.elements[name]?.type === 'password';
const said = (form) => JSON.stringify([...new FormData(form)].filter(([name, value]) => typeof value === 'string' && !BESIDE.includes(name) && !secret(form, name)));

/** The form's HTML with everything typed and chosen in it, without what scripts draw. */
function shown(form) {
  const copy = form.cloneNode(true);
  const fields = form.querySelectorAll(FIELDS);
  copy.querySelectorAll(FIELDS).forEach((field, at) => {
    const { type, value, checked, selected } = fields[at];
    if (field.matches('option')) field.toggleAttribute('selected', selected);
    else if (field.matches('textarea')) field.textContent = value;
    else if (type === 'checkbox' || type === 'radio') field.toggleAttribute('checked', checked);
    else if (type !== 'password' && type !== 'file') field.setAttribute('value', value);
  });
  for (const drawn of copy.querySelectorAll('.chart-plot')) drawn.replaceWith(Object.assign(document.createElement('div'), { className: 'chart-plot' }));
  for (const asking of copy.querySelectorAll('.htmx-request')) asking.classList.remove('htmx-request');
  copy.querySelector('.draft-notice')?.remove();
  return copy.innerHTML;
}

function forget(form) {
  sessionStorage.removeItem(key(form));
  delete form.dataset.dirty;
}

function keep(form) {
  const now = said(form);
  if (now === came.get(form)) return forget(form);
  form.dataset.dirty = '';
  sessionStorage.setItem(key(form), JSON.stringify({ said: now, shown: shown(form) }));
}

function show(form, html) {
  form.innerHTML = html;
  htmx.process(form);
  if (document.activeElement === document.body) form.querySelector('[autofocus]')?.focus();
}

on('input', 'form[data-draft]', (_event, form) => keep(form));
on('input', 'dialog form:not([data-draft]), .cell-form', (_event, form) => {
  form.dataset.dirty = '';
});
// A step of a builder changes its form without typing.
document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  const form = ctx.target instanceof Element && ctx.target.closest('form[data-draft]');
  if (form && form !== ctx.target && came.has(form)) keep(form);
});
document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => {
  if (ctx.sourceElement.matches('form[data-draft], form[data-saves]') && ctx.request.method !== 'GET' && ctx.response.status < 400) forget(ctx.sourceElement);
});
on('click', '[data-forget]', (_event, link) => forget(document.getElementById(link.dataset.forget) ?? link.closest('form')));
on('submit', 'form[action="/accounts/logout/"]', () => sessionStorage.clear());

eachArrival((root) => {
  for (const form of within(root, 'form[data-draft]')) {
    if (came.has(form)) continue;
    const draft = JSON.parse(sessionStorage.getItem(key(form)));
    // The answer to a refused save holds what was typed, and what is wrong with it.
    const refused = 'dirty' in form.dataset || draft?.said === said(form) || form.querySelector('[aria-invalid=true]');
    came.set(form, refused ? null : said(form));
    if (refused) keep(form);
    else if (draft) restore(form, draft);
  }
});

function restore(form, draft) {
  const fresh = form.innerHTML;
  show(form, draft.shown);
  form.dataset.dirty = '';
  const notice = document.createElement('div');
  notice.className = 'draft-notice';
  notice.setAttribute('role', 'status');
  const discard = Object.assign(document.createElement('button'), { type: 'button', className: 'btn-link', textContent: strings.discard });
  discard.addEventListener('click', () => {
    forget(form);
    show(form, fresh);
  });
  notice.append(strings.draft, ' ', discard);
  form.prepend(notice);
}

addEventListener('beforeunload', (event) => {
  if (document.querySelector('form[data-dirty]:not([data-draft])')) event.preventDefault();
});
