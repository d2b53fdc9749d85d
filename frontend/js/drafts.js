// Nothing typed is ever lost: `form[data-draft="lead:new"]` keeps what is written in sessionStorage until it is saved.
import { eachArrival, on, strings, within } from './dom.js';

const key = (form) => `draft:${form.dataset.draft}`;
const SKIPPED = ['csrfmiddlewaretoken', 'version'];

function contents(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === 'string' && !SKIPPED.includes(name) && form.elements[name]?.type !== 'password');
}

function fill(form, entries) {
  const values = new Map();
  for (const [name, value] of entries) values.set(name, [...(values.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!field.name || SKIPPED.includes(field.name) || ['file', 'password', 'submit', 'button'].includes(field.type)) continue;
    const wanted = values.get(field.name) ?? [];
    if (field.type === 'checkbox' || field.type === 'radio') field.checked = wanted.includes(field.value);
    else if (field instanceof HTMLSelectElement && field.multiple) for (const option of field.options) option.selected = wanted.includes(option.value);
    else if (wanted.length) field.value = wanted.shift();
  }
}

on('input', 'form[data-draft]', (_event, form) => {
  form.dataset.dirty = '';
  sessionStorage.setItem(key(form), JSON.stringify(contents(form)));
});
on('input', 'dialog form', (_event, form) => {
  form.dataset.dirty = '';
});
document.addEventListener('htmx:after:request', ({ detail: { ctx } }) => {
  const form = ctx.request.form ?? ctx.sourceElement?.closest?.('form');
  if (form?.dataset.draft && ctx.request.method !== 'GET' && ctx.response.status < 400) {
    sessionStorage.removeItem(key(form));
    delete form.dataset.dirty;
  }
});
// The server forgets a draft that was saved by another form (a merge): `draft:forget {key}`.
document.addEventListener('draft:forget', ({ detail }) => sessionStorage.removeItem(`draft:${detail.key}`));
eachArrival((root) => {
  for (const form of within(root, 'form[data-draft]')) {
    const saved = sessionStorage.getItem(key(form));
    // After a refused save the server's answer already holds what was typed.
    if (!saved || form.querySelector('[aria-invalid=true]') || saved === JSON.stringify(contents(form))) continue;
    const before = contents(form);
    fill(form, JSON.parse(saved));
    form.dataset.dirty = '';
    const notice = document.createElement('div');
    notice.className = 'draft-notice';
    notice.setAttribute('role', 'status');
    const discard = Object.assign(document.createElement('button'), { type: 'button', className: 'btn-link', textContent: strings.discard });
    discard.addEventListener('click', () => {
      fill(form, before);
      sessionStorage.removeItem(key(form));
      delete form.dataset.dirty;
      notice.remove();
    });
    notice.append(strings.draft, ' ', discard);
    form.prepend(notice);
  }
});
addEventListener('beforeunload', (event) => {
  if (document.querySelector('form[data-dirty]:not([data-draft])')) event.preventDefault();
});
