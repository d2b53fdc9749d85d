// The command palette: one dialog, results rendered by the server, keys handled here (WAI-ARIA combobox pattern).
import { on } from './dom.js';

const palette = document.getElementById('palette');
const input = palette?.querySelector('input');
const options = () => [...palette.querySelectorAll('[role=option]')];

export function openPalette() {
  if (!palette || palette.open) return;
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
  // Enter takes the answer to what is typed, if it has to wait for it; never that to the letters before.
  let [current, first] = [true, false];
  document.addEventListener('htmx:after:swap', (event) => {
    const { target, request } = event.detail.ctx;
    if (target?.id !== 'palette-results') return;
    options().forEach((option, index) => {
      option.id ||= `palette-option-${index}`;
      option.tabIndex = -1;
    });
    choose(options()[0]);
    current = new URL(request.action, location.href).searchParams.get('q') === input.value;
    if (!current) return;
    if (first) options()[0]?.click();
    first = false;
  });
  input.addEventListener('input', () => {
    current = first = false;
    choose();
  });
  input.addEventListener('keydown', (event) => {
    const all = options();
    const index = all.findIndex((option) => option.getAttribute('aria-selected') === 'true');
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      choose(all.at((index + (event.key === 'ArrowDown' ? 1 : -1)) % all.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (current) all[index]?.click();
      else first = true;
    }
  });
  on('click', '#palette [role=option]', () => palette.close());
}
on('click', '[data-palette]', openPalette);
