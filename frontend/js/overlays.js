// Two regions above the page: #panel (a record beside the list) and #dialog (a small task).
// Whatever is swapped into them opens them; Esc or [data-close] closes; the server closes with the events
// `panel:close` and `dialog:close` in HX-Trigger.
import { htmx } from './setup.js';
import { on } from './dom.js';

const panel = document.getElementById('panel-frame');
const panelBody = document.getElementById('panel');
const dialog = document.getElementById('dialog-frame');
const dialogBody = document.getElementById('dialog');
let opener = null;
let beside = '';

export function openPanel(url) {
  opener = document.activeElement;
  beside = location.pathname;
  return htmx.ajax('GET', url, { target: '#panel', swap: 'innerHTML ignoreTitle:true scroll:top' });
}

export function closePanel() {
  if (!panel?.classList.contains('is-open')) return false;
  panel.classList.remove('is-open');
  panel.inert = true;
  panelBody.replaceChildren();
  if (opener?.isConnected) opener.focus({ preventScroll: true });
  return true;
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
  } else if (ctx.target?.id === 'main') {
    // The same list, found or sorted anew, keeps the record that is open beside it.
    if (ctx.request?.method !== 'GET' || new URL(ctx.request.action, location.href).pathname !== beside) closePanel();
    if (dialog?.open) dialog.close();
  }
});

document.addEventListener('panel:close', closePanel);
document.addEventListener('dialog:close', () => dialog?.close());
dialog?.addEventListener('close', () => dialogBody.replaceChildren());
// `ask {url}`: what was done needs an answer first. A question that cannot be asked counts as cancelled.
document.addEventListener('ask', async ({ detail }) => {
  await htmx.ajax('GET', detail.url, { source: document.body, target: '#dialog', swap: 'innerHTML' });
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
  if (modal) modal.close();
  else closePanel();
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
