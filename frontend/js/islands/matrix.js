// The permissions of a role: cells `td[data-name]` that hold an exception (`data-stored`) or follow their area's level
// (`data-levels`: what nothing, reader, user and manager give). What changes is kept as hidden fields in [data-changes],
// which alone are posted; an empty value lets the cell follow again.
import { htmx } from '../setup.js';

const LEVELS = ['', 'reader', 'user', 'manager'];
const SCOPES = ['none', 'own', 'team', 'all'];

export function mount(root) {
  const form = root.closest('form');
  const store = root.querySelector('[data-changes]');
  const menu = root.querySelector('#matrix-menu');
  const grid = root.querySelector('table');
  const words = Object.fromEntries([...menu.querySelectorAll('[data-set]')].map((item) => [item.dataset.set, item.querySelector('span').textContent]));
  const letters = Object.fromEntries([...menu.querySelectorAll('[data-letter]')].map((item) => [item.dataset.letter.toLowerCase(), item.dataset.set]));
  const past = [];
  let open = null;

  const kept = (name) => store.querySelector(`[name="${CSS.escape(name)}"]`);
  const valueOf = (place) => kept(place.dataset.name)?.value ?? place.dataset.stored;
  const inherited = (cell) => {
    const level = valueOf(cell.closest('tbody').querySelector('.matrix-area select'));
    return cell.dataset.levels.split(' ')[LEVELS.indexOf(level)];
  };

  function paint(place) {
    const value = valueOf(place);
    const changed = kept(place.dataset.name) !== null;
    place.classList.toggle('is-changed', changed);
    if (place.matches('select')) {
      place.value = value;
      place.classList.toggle('is-chosen', value !== '');
      return;
    }
    const shown = value || inherited(place);
    const pill = place.firstElementChild;
    pill.dataset.scope = shown;
    pill.textContent = words[shown];
    pill.classList.toggle('is-inherited', value === '');
    place.ariaLabel = `${place.dataset.label}: ${words[shown]}`;
  }

  function paintAll(within = root) {
    for (const place of within.querySelectorAll('[data-name]')) paint(place);
    count();
  }

  function count() {
    const number = store.childElementCount;
    const shown = root.querySelector('[data-count]');
    shown.hidden = number === 0;
    shown.textContent = String(number);
    root.querySelector('[data-undo-change]').disabled = past.length === 0;
  }

  /** Puts the value of a place aside to be saved; what is stored already is no change. */
  function keep(place, value) {
    const { name, stored } = place.dataset;
    kept(name)?.remove();
    if (value !== stored) store.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  }

  function set(places, value) {
    const fitting = places.filter((place) => !('whole' in place.dataset) || !['own', 'team'].includes(value));
    const before = fitting.map((place) => [place, valueOf(place)]);
    if (before.every(([, old]) => old === value)) return;
    past.push(before);
    for (const place of fitting) keep(place, value);
    repaint(fitting);
  }

  function undo() {
    const before = past.pop();
    if (!before) return;
    for (const [place, value] of before) keep(place, value);
    repaint(before.map(([place]) => place));
  }

  function repaint(places) {
    for (const place of places) {
      if (place.closest('.matrix-area')) paintAll(place.closest('tbody'));
      else paint(place);
    }
    count();
    form.dispatchEvent(new Event('input', { bubbles: true }));
  }

  const cellsOf = (row) => [...row.querySelectorAll('td[data-name]')];
  const targets = (place) => (place.matches('[data-row]') ? cellsOf(place.parentElement) : [place]);
  const rows = () => [...grid.querySelectorAll('.matrix-row')].filter((row) => row.checkVisibility());
  const stops = (row) => [row.querySelector('[data-row]'), ...cellsOf(row)];

  function go(place) {
    grid.querySelectorAll('[tabindex="0"]').forEach((one) => one.setAttribute('tabindex', '-1'));
    place.setAttribute('tabindex', '0');
    place.focus();
    place.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  function move(place, down, right, whole) {
    const all = rows();
    const row = place.closest('.matrix-row');
    const here = stops(row);
    const column = here.indexOf(place);
    if (right) return go(here[whole ? (right > 0 ? here.length - 1 : 0) : Math.min(Math.max(column + right, 0), here.length - 1)]);
    const at = Math.min(Math.max(all.indexOf(row) + down, 0), all.length - 1);
    const there = stops(all[at]);
    // Where a module follows another, there is no such column: its name takes the place.
    const same = there.find((one) => one.cellIndex === place.cellIndex && one.matches('td'));
    return go(column === 0 ? there[0] : (same ?? there[0]));
  }

  function ask(cell) {
    open = cell;
    for (const item of menu.querySelectorAll('[data-set]')) {
      item.hidden = 'whole' in cell.dataset && ['own', 'team'].includes(item.dataset.set);
      item.setAttribute('aria-checked', String(item.dataset.set === valueOf(cell)));
    }
    menu.showPopover({ source: cell });
    (menu.querySelector('[aria-checked="true"]:not([hidden])') ?? menu.querySelector('[data-set]:not([hidden])')).focus();
  }

  function filter() {
    const wanted = root.querySelector('[data-filter]').value.trim().toLowerCase();
    const only = root.querySelector('[data-exceptions]').checked;
    let any = false;
    for (const row of grid.querySelectorAll('.matrix-row')) {
      const special = cellsOf(row).some((cell) => valueOf(cell)) || row.querySelector('[data-fields] .badge') || row.nextElementSibling.querySelector('.is-chosen');
      const fits = row.dataset.words.toLowerCase().includes(wanted) && (!only || special);
      row.hidden = !fits;
      const fields = row.querySelector('[data-fields]');
      row.nextElementSibling.hidden = !fits || fields.getAttribute('aria-expanded') !== 'true';
      any ||= fits;
    }
    for (const body of grid.tBodies) body.hidden = !body.querySelector('.matrix-row:not([hidden])');
    root.querySelector('[data-none]').hidden = any;
    const first = grid.querySelector('[tabindex="0"]');
    if (!first?.checkVisibility()) {
      first?.setAttribute('tabindex', '-1');
      rows()[0]?.querySelector('[data-row]').setAttribute('tabindex', '0');
    }
  }

  root.addEventListener('keydown', (event) => {
    const place = event.target.closest('td[data-name], [data-row]');
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key === 'z' && past.length && !event.target.closest('input')) {
      event.preventDefault();
      event.stopPropagation();
      undo();
      return;
    }
    if (!place || command || event.altKey) return;
    const { key } = event;
    const steps = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [10, 0], PageUp: [-10, 0] };
    const letter = letters[key.toLowerCase()] ?? (/^[0-3]$/.test(key) ? SCOPES[key] : undefined);
    if (steps[key]) move(place, ...steps[key]);
    else if (key === 'Home' || key === 'End') move(place, 0, key === 'End' ? 1 : -1, true);
    else if (letter) set(targets(place), letter);
    else if (key === 'Backspace' || key === 'Delete') set(targets(place), '');
    else if (key === ' ') {
      const [first] = targets(place);
      const choice = 'whole' in first.dataset ? ['none', 'all'] : SCOPES;
      set(targets(place), choice[(choice.indexOf(valueOf(first) || inherited(first)) + 1) % choice.length]);
    } else if (key === 'Enter' && place.matches('td')) ask(place);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  root.addEventListener('click', (event) => {
    const choice = event.target.closest('[data-set]');
    const cell = event.target.closest('td[data-name]');
    const fields = event.target.closest('[data-fields]');
    if (choice && open) {
      const target = open;
      menu.hidePopover();
      set([target], choice.dataset.set);
      go(target);
    } else if (cell) {
      go(cell);
      ask(cell);
    } else if (fields) {
      const opened = fields.getAttribute('aria-expanded') !== 'true';
      fields.setAttribute('aria-expanded', String(opened));
      fields.closest('tr').nextElementSibling.hidden = !opened;
      if (opened) fields.dispatchEvent(new CustomEvent('fields:open', { bubbles: true }));
    } else if (event.target.closest('[data-undo-change]')) undo();
    else if (event.target.closest('[data-row]')) go(event.target.closest('[data-row]'));
  });
  menu.addEventListener('keydown', (event) => {
    const value = event.key === 'Backspace' || event.key === 'Delete' ? '' : letters[event.key.toLowerCase()];
    const item = value !== undefined && menu.querySelector(`[data-set="${value}"]:not([hidden])`);
    if (!item) return;
    event.preventDefault();
    event.stopPropagation();
    item.click();
  });
  root.addEventListener('change', (event) => {
    const place = event.target.closest('select[data-name]');
    if (place) set([place], place.value);
    else if (event.target.matches('[data-exceptions]')) filter();
  });
  root.addEventListener('input', (event) => {
    if (event.target.matches('[data-filter]')) filter();
  });
  const arrived = (event) => {
    const where = event.detail.ctx.target;
    if (where instanceof Element && where.closest('.matrix-fields') && root.contains(where)) paintAll(where);
  };
  // What was saved has been taken back: the page looks again, unless something is marked that would be lost.
  const again = (event) => {
    if (event.target === document.body && !store.childElementCount) htmx.ajax('GET', location.href, { target: '#main', swap: 'innerHTML' });
  };
  document.addEventListener('htmx:after:swap', arrived);
  document.addEventListener('refresh', again);

  paintAll();
  filter();
  return () => {
    document.removeEventListener('htmx:after:swap', arrived);
    document.removeEventListener('refresh', again);
  };
}
