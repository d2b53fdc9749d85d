// Tables and lists of records: `tr[data-href]` moves with j/k, opens with Enter or a click, is selected with x.
import { htmx } from './setup.js';
import { isTyping, lettersAct, on } from './dom.js';
import { openPanel } from './overlays.js';

const ROWS = '[data-href]';
const rows = () => [...document.querySelectorAll(`#main ${ROWS}`)];
const current = () => document.activeElement?.closest(ROWS) ?? document.querySelector(`#main ${ROWS}.is-current`);

let marked = '';
function mark(row) {
  document.querySelectorAll(`${ROWS}.is-current`).forEach((other) => other.classList.remove('is-current'));
  row.classList.add('is-current');
  row.tabIndex = 0;
  marked = row.id;
}

function move(step) {
  const all = rows();
  const next = all[Math.min(all.length - 1, Math.max(0, all.indexOf(current()) + step))];
  if (!next) return;
  mark(next);
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
  if (document.querySelector('#panel-frame.is-open')) openPanel(next.dataset.href).then(() => next.matches('.is-current') && next.focus({ preventScroll: true }));
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping() || document.querySelector('dialog[open], .menu:popover-open')) return;
  if (lettersAct() && (event.key === 'j' || event.key === 'k')) {
    event.preventDefault();
    move(event.key === 'j' ? 1 : -1);
  } else if (lettersAct() && event.key === 'x') {
    current()?.querySelector('[data-select]')?.click();
  } else if (event.key === 'Enter' && event.target.matches?.(ROWS)) {
    event.preventDefault();
    if (event.shiftKey) openPage(event.target.dataset.href);
    else openPanel(event.target.dataset.href);
  }
});
on('click', `tr${ROWS}`, (event, row) => {
  if (event.target.closest('a, button, input, label, select, textarea, .editable, .select, .is-editing')) return;
  if (getSelection()?.toString()) return;
  if (event.ctrlKey || event.metaKey) open(row.dataset.href);
  else openPanel(row.dataset.href);
});

function openPage(url) {
  htmx.ajax('GET', url, { target: '#main', swap: 'innerHTML scroll:top', push: 'true' });
}

// Selection, within one `[data-selection]`: checkboxes `[data-select]`, one `[data-select-all]`, and a `[data-selection-bar]`.
// It is no form: nothing that is typed in it does something to what is ticked.
const scopeOf = (element) => element.closest('[data-selection]');
let anchor = null;
on('click', '[data-select]', (event, box) => {
  const all = [...scopeOf(box).querySelectorAll('[data-select]')];
  if (event.shiftKey && anchor) {
    const [from, to] = [all.indexOf(anchor), all.indexOf(box)].sort((a, b) => a - b);
    for (const other of all.slice(from, to + 1)) other.checked = box.checked;
  }
  anchor = box;
  showSelection(box);
});
on('change', '[data-select-all]', (_event, box) => {
  for (const other of scopeOf(box).querySelectorAll('[data-select]')) other.checked = box.checked;
  showSelection(box);
});
on('click', '[data-select-none]', (_event, button) => {
  const scope = scopeOf(button);
  for (const box of scope.querySelectorAll('[data-select], [data-select-all]')) box.checked = false;
  showSelection(button);
});

on('change', '[data-selection] [name=all]', (_event, box) => showSelection(box));
// Who looks at a list goes on from the same row with the same rows ticked, when it is drawn anew.
document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  for (const bar of document.querySelectorAll('[data-selection-bar]')) showSelection(bar);
  const row = ctx.sourceEvent?.type === 'refresh' && marked && document.getElementById(marked);
  if (row) mark(row);
});

function showSelection(element) {
  const scope = scopeOf(element);
  const boxes = [...scope.querySelectorAll('[data-select]')];
  const chosen = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest('tr')?.setAttribute('aria-selected', String(box.checked));
  const all = scope.querySelector('[data-select-all]');
  if (all) {
    all.checked = chosen.length === boxes.length && boxes.length > 0;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }
  const bar = scope.querySelector('[data-selection-bar]');
  if (bar) {
    bar.hidden = chosen.length === 0;
    const all = bar.querySelector('[name=all]:checked');
    bar.querySelector('[data-selection-count]').textContent = all ? document.querySelector('#main h1 .count').textContent : String(chosen.length);
  }
}
