// Two regions above the page: #panel (a record beside the list) and #dialog (a small task).
// Whatever is swapped into them opens them; Esc or [data-close] closes; the server closes with the events
// `panel:close` and `dialog:close` in HX-Trigger.
import { htmx } from './setup.js';
import { on, strings } from './dom.js';

const panel = document.getElementById('panel-frame');
const panelBody = document.getElementById('panel');
const dialog = document.getElementById('dialog-frame');
const dialogBody = document.getElementById('dialog');
let opener = null;
let beside = '';

export function openPanel(url) {
  if (!mayGo(panelBody)) return Promise.resolve();
  opener = document.activeElement;
  beside = location.pathname;
  // Whoever walks fast sees the last record they came to: #panel and #dialog replace what they were asking for.
  return htmx.ajax('GET', url, { source: panelBody, target: '#panel', swap: 'innerHTML ignoreTitle:true scroll:top' });
}

export function openDialog(url) {
  return htmx.ajax('GET', url, { source: dialogBody, target: '#dialog', swap: 'innerHTML' });
}

/** Whether `region` may go. Where something was written that no draft keeps, it says so and stays; asked again, it goes. */
function mayGo(region) {
  const form = region.querySelector('form[data-dirty]:not([data-draft])');
  if (!form) return true;
  delete form.dataset.dirty;
  form.querySelector('.form-unsaved')?.remove();
  const words = Object.assign(document.createElement('p'), { className: 'form-error form-unsaved', textContent: strings.unsaved });
  words.setAttribute('role', 'alert');
  const footer = form.querySelector('.dialog-footer');
  if (footer) footer.prepend(words);
  else form.append(words);
  return false;
}

function closePanel() {
  if (!panel?.classList.contains('is-open')) return;
  panel.classList.remove('is-open');
  panel.inert = true;
  panelBody.replaceChildren();
  if (opener?.isConnected) opener.focus({ preventScroll: true });
}

/** Closes the panel as a person does. */
export function leavePanel() {
  if (mayGo(panelBody)) closePanel();
}

document.addEventListener('htmx:after:swap', (event) => {
  const { ctx } = event.detail;
  if (ctx.target === panelBody && panelBody.childElementCount) {
    if (ctx.request?.method === 'GET') document.getElementById('panel-full').href = ctx.request.action;
    panel.inert = false;
    panel.classList.add('is-open');
    if (!panelBody.contains(document.activeElement)) panelBody.focus({ preventScroll: true });
  } else if (ctx.target === dialogBody && dialogBody.childElementCount) {
    const heading = dialogBody.querySelector('h1, h2');
    if (heading) {
      heading.id ||= 'dialog-title';
      dialog.setAttribute('aria-labelledby', heading.id);
    }
    if (!dialog.open) dialog.showModal();
  } else if (ctx.target?.id === 'main' && ctx.sourceEvent?.type !== 'refresh') {
    // The same list, found or sorted anew, keeps the record that is open beside it.
    if (ctx.request?.method !== 'GET' || new URL(ctx.request.action, location.href).pathname !== beside) closePanel();
    if (dialog?.open) dialog.close();
  }
});

document.addEventListener('panel:close', closePanel);
document.addEventListener('dialog:close', () => dialog?.close());
dialog?.addEventListener('close', () => dialogBody.replaceChildren());
dialog?.addEventListener('cancel', (event) => {
  if (event.target === dialog && !mayGo(dialogBody)) event.preventDefault();
});
// `ask {url}`: what was done needs an answer first. A question that cannot be asked counts as cancelled.
document.addEventListener('ask', async ({ detail }) => {
  await openDialog(detail.url);
  if (!dialog.open) dialog.dispatchEvent(new Event('close'));
});
/** Calls `cancelled()` if the dialog closes without the server having said that it is done; `after()` in any case. */
export function whenAnswered(cancelled, after) {
  let done = false;
  const note = () => {
    done = true;
  };
  document.addEventListener('dialog:close', note);
  dialog.addEventListener('close', () => {
    document.removeEventListener('dialog:close', note);
    if (!done) cancelled();
    after();
  }, { once: true });
}
on('click', '[data-close]', (_event, button) => {
  const modal = button.closest('dialog');
  if (!modal) leavePanel();
  // Whoever says “cancel” means it.
  else if (button.closest('.dialog-footer') || mayGo(modal)) modal.close();
});
on('click', '[data-dialog]', (_event, button) => document.getElementById(button.dataset.dialog)?.showModal());
// A click on the backdrop closes, but never a form in which something was written.
on('click', 'dialog', (event, box) => {
  if (event.target === box && !box.querySelector('form[data-dirty]')) box.close();
});
on('click', 'a[data-panel]', (event, link) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  openPanel(link.getAttribute('href'));
}, { capture: true });
