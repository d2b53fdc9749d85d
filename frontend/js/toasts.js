// Toasts. The server sends them as the event `toast` in HX-Trigger (see ui/toasts.py) or renders them in the page.
import { icon, on, send, strings } from './dom.js';

const ICONS = { success: 'circle-check', info: 'info-circle', warning: 'alert-triangle', danger: 'alert-circle' };
const LIFETIME = 6_000;
const LIFETIME_WITH_UNDO = 12_000;
const MOST = 3;

/** Shows `{text, kind, undo}`; `undo` is a URL that is POSTed when the person takes the change back. */
export function toast({ text, kind = 'success', undo }) {
  const box = document.createElement('div');
  box.className = `toast toast-${kind}`;
  if (kind === 'danger') box.setAttribute('role', 'alert');
  const words = document.createElement('span');
  words.textContent = text;
  box.append(icon(ICONS[kind] ?? ICONS.info), words);
  if (undo) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'btn btn-sm', textContent: strings.undo });
    button.dataset.undo = undo;
    box.append(button);
  }
  const close = Object.assign(document.createElement('button'), { type: 'button', className: 'btn btn-ghost btn-icon btn-sm' });
  close.dataset.dismiss = '';
  close.setAttribute('aria-label', strings.close);
  close.append(icon('x'));
  box.append(close);
  show(box);
}

/** The newest stands below; the same words again take the place of the old ones, and the oldest give way. */
function show(box) {
  const region = document.getElementById('toasts');
  if (!region) return;
  const words = (other) => other.querySelector('span').textContent;
  for (const other of region.querySelectorAll('.toast')) {
    if (words(other) === words(box) && !other.querySelector('[data-undo]')) other.remove();
  }
  region.append(box);
  for (const other of [...region.querySelectorAll('.toast')].slice(0, -MOST)) other.remove();
  live(box);
}

function live(box) {
  const lifetime = box.querySelector('[data-undo]') ? LIFETIME_WITH_UNDO : LIFETIME;
  let timer = setTimeout(() => box.remove(), lifetime);
  box.addEventListener('pointerenter', () => clearTimeout(timer));
  box.addEventListener('focusin', () => clearTimeout(timer));
  box.addEventListener('pointerleave', () => {
    timer = setTimeout(() => box.remove(), lifetime / 2);
  });
}

document.addEventListener('toast', (event) => {
  const messages = event.detail.messages ?? [event.detail];
  messages.forEach(toast);
});
on('click', '.toast [data-dismiss]', (_event, button) => button.closest('.toast').remove());
on('click', '.toast [data-undo]', async (_event, button) => {
  button.disabled = true;
  try {
    await send(button.dataset.undo, 'POST');
  } catch (error) {
    // A refusal says why; until it is taken back it can be tried again.
    button.disabled = false;
    if (!error.events.toast) toast({ kind: 'danger', text: strings.refused });
    return;
  }
  button.closest('.toast').remove();
  document.body.dispatchEvent(new CustomEvent('refresh', { bubbles: true }));
});
document.querySelectorAll('#toasts > script[type="application/json"]').forEach((data) => {
  toast(JSON.parse(data.textContent));
  data.remove();
});
