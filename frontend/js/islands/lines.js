// The lines of a document: `tbody[data-arrange]` of `tr[data-line]`, each with a `[data-handle]` that is dragged, or
// moved by the arrow keys. Every move posts the ids in their new order; a refusal brings the server's order back.
import Sortable from 'sortablejs/modular/sortable.core.esm.js';
import { send } from '../dom.js';

const REST = 350;

export function mount(body) {
  const rows = () => [...body.querySelectorAll('[data-line]')];
  const order = () => rows().map((row) => row.dataset.line).join(',');
  let before = null;
  let timer;

  function arranged() {
    const lines = order();
    clearTimeout(timer);
    // Several presses of a key are one move.
    timer = setTimeout(() => {
      const moved = lines !== before;
      before = null;
      // A refusal says so in a toast, and the table looks again.
      if (moved) send(body.dataset.arrange, 'POST', { lines }).catch(() => undefined);
    }, REST);
  }

  const sorted = Sortable.create(body, {
    draggable: '[data-line]',
    handle: '[data-handle]',
    animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 120,
    ghostClass: 'is-ghost',
    onStart: () => {
      before ??= order();
    },
    onEnd: arranged,
  });
  body.addEventListener('keydown', (event) => {
    const handle = event.target.closest('[data-handle]');
    if (!handle || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    event.preventDefault();
    const row = handle.closest('[data-line]');
    before ??= order();
    if (event.key === 'ArrowUp') row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    handle.focus();
    document.getElementById('announcer').textContent = `${rows().indexOf(row) + 1} / ${rows().length}`;
    arranged();
  });
  return () => sorted.destroy();
}
