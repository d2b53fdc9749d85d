// Click-to-edit: `<td class="editable" hx-get="…/edit/stage/" hx-trigger="edit">`. A double click (or a single one on
// `[data-edit=click]`, or Enter / F2 on the focused cell) asks the server for an editor; Esc or [data-edit-cancel] puts the value back.
import { htmx } from './setup.js';
import { on } from './dom.js';
import { letGo } from './realtime.js';

const before = new WeakMap();

function edit(cell) {
  // The second click of a double click comes while the first one's editor is on its way.
  if (cell.matches('.is-editing, .htmx-request')) return;
  before.set(cell, [...cell.childNodes]);
  htmx.trigger(cell, 'edit');
}

function putBack(cell) {
  cell.classList.remove('is-editing');
  cell.replaceChildren(...(before.get(cell) ?? []));
  cell.focus();
  letGo(cell);
}

on('dblclick', '.editable', (_event, cell) => edit(cell));
on('click', '.editable[data-edit=click]', (event, cell) => {
  if (!event.target.closest('a, button, input, select, textarea')) edit(cell);
});
on('keydown', '.editable', (event, cell) => {
  if ((event.key === 'Enter' || event.key === 'F2') && event.target === cell) {
    event.preventDefault();
    event.stopPropagation();
    edit(cell);
  } else if (event.key === 'Escape' && cell.classList.contains('is-editing')) {
    event.preventDefault();
    event.stopPropagation();
    putBack(cell);
  }
});
on('click', '[data-edit-cancel]', (_event, button) => putBack(button.closest('.editable')));
document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  const cell = ctx.target;
  if (!(cell instanceof Element) || !cell.matches('.editable')) return;
  const field = cell.querySelector('input:not([type=hidden]), select, textarea');
  cell.classList.toggle('is-editing', Boolean(field));
  if (!field) letGo(cell);
  field?.focus();
  field?.select?.();
  // The editor that held the focus is gone: who works by keyboard goes on from the cell.
  if (!field && document.activeElement === document.body) cell.focus({ preventScroll: true });
});
