// Theme, density, sidebar, keys and language: the effect is immediate, the server remembers (POST /preferences/).
import { on, send } from './dom.js';

const ATTRIBUTES = { theme: 'data-bs-theme', density: 'data-density', sidebar: 'data-sidebar', keys: 'data-keys' };

on('click', '[data-preference]', async (_event, button) => {
  const name = button.dataset.preference;
  const root = document.documentElement;
  const attribute = ATTRIBUTES[name];
  let { value } = button.dataset;
  if (name === 'sidebar') {
    value = root.getAttribute(attribute) === 'icons' ? 'full' : 'icons';
    button.setAttribute('aria-pressed', String(value === 'icons'));
  }
  if (attribute) {
    if (value === 'auto') root.removeAttribute(attribute);
    else root.setAttribute(attribute, value);
    document.dispatchEvent(new CustomEvent('preference', { detail: { name, value } }));
  }
  for (const other of document.querySelectorAll(`[data-preference="${name}"][aria-checked]`)) {
    other.setAttribute('aria-checked', String(other === button));
  }
  await send('/preferences/', 'POST', { [name]: value });
  if (name === 'language') location.reload();
});
