// The command palette: one dialog, results rendered by the server, keys handled here (WAI-ARIA combobox pattern).
import { on } from './dom.js';

const palette = document.getElementById('palette');
const input = palette?.querySelector('input');
const options = () => [...palette.querySelectorAll('[role=option]')];

export function openPalette() {
  if (!palette || palette.open) return;
  document.querySelectorAll('dialog[open]').forEach((other) => other.close());
  palette.showModal();
  input.select();
  input.dispatchEvent(new Event('palette:open', { bubbles: true }));
}

function choose(option) {
  for (const other of options()) other.setAttribute('aria-selected', String(other === option));
  input.setAttribute('aria-activedescendant', option?.id ?? '');
  option?.scrollIntoView({ block: 'nearest' });
}

if (palette) {
  document.addEventListener('htmx:after:swap', (event) => {
    if (event.detail.ctx.target?.id !== 'palette-results') return;
    options().forEach((option, index) => {
      option.id ||= `palette-option-${index}`;
      option.tabIndex = -1;
    });
    choose(options()[0]);
  });
  input.addEventListener('keydown', (event) => {
    const all = options();
    const index = all.findIndex((option) => option.getAttribute('aria-selected') === 'true');
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      choose(all.at((index + (event.key === 'ArrowDown' ? 1 : -1)) % all.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      all[index]?.click();
    }
  });
  on('click', '#palette [role=option]', () => palette.close());
}
on('click', '[data-palette]', openPalette);
