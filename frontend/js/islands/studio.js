// The forms of Studio. `[data-name-of]` shows the name that comes from the labels; `[data-insert]` puts the chosen field into
// the formula beside it; `[data-values]` are the rows of a picklist: dragged by `[data-handle]`, moved by `[data-step]`, made
// from `[data-blank]` by `[data-add]`, removed by `[data-take]`.
import Sortable from 'sortablejs/modular/sortable.core.esm.js';
import { htmx } from '../setup.js';

const PREFIX = 'x_';

const named = (label) =>
  PREFIX +
  label
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^\x00-\x7f]/g, '') // eslint-disable-line no-control-regex
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40);

function suggest(form) {
  const place = form.querySelector('[data-name-of]');
  if (!place) return;
  const label = place.dataset.nameOf.split(' ').map((name) => form.elements[name].value.trim()).find(Boolean);
  place.querySelector('input').placeholder = label ? named(label) : '';
}

function insert(box, path) {
  const text = box.closest('[data-formula]').querySelector('textarea');
  const before = text.value.slice(0, text.selectionStart);
  text.setRangeText(before && !/[\s(]$/.test(before) ? ` ${path}` : path, text.selectionStart, text.selectionEnd, 'end');
  text.focus();
  text.dispatchEvent(new Event('input', { bubbles: true }));
}

export function mount(form) {
  let lists = [];
  const changed = () => form.dispatchEvent(new Event('input', { bubbles: true }));

  function say(row) {
    const rows = [...row.parentElement.children];
    document.getElementById('announcer').textContent = `${rows.indexOf(row) + 1} / ${rows.length}`;
    changed();
  }

  function sort() {
    lists.forEach((list) => list.destroy());
    const animation = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 120;
    lists = [...form.querySelectorAll('[data-values]')].map((list) =>
      Sortable.create(list, { draggable: '[data-value]', handle: '[data-handle]', animation, ghostClass: 'is-ghost', onEnd: ({ item }) => say(item) }),
    );
  }

  function add() {
    const list = form.querySelector('[data-values]');
    const key = `n${Date.now().toString(36)}${list.children.length}`;
    list.insertAdjacentHTML('beforeend', form.querySelector('[data-blank]').innerHTML.replaceAll('__key__', key));
    htmx.process(list.lastElementChild);
    list.lastElementChild.querySelector(`[name="it-${key}"]`).focus();
    changed();
  }

  function move(button) {
    const row = button.closest('[data-value]');
    if (button.dataset.step === '1') row.nextElementSibling?.after(row);
    else row.previousElementSibling?.before(row);
    button.focus();
    say(row);
  }

  function take(button) {
    const row = button.closest('[data-value]');
    const near = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (near?.querySelector('[data-take]') ?? form.querySelector('[data-add]')).focus();
    changed();
  }

  form.addEventListener('click', (event) => {
    const button = event.target.closest('[data-add], [data-step], [data-take]');
    if (button?.matches('[data-add]')) add();
    else if (button?.matches('[data-step]')) move(button);
    else if (button) take(button);
  });
  form.addEventListener('keydown', (event) => {
    // Enter in a value goes on to the next one instead of sending what is half said.
    const input = event.key === 'Enter' && !event.ctrlKey && !event.metaKey && event.target.closest('[data-value] input.form-control');
    if (!input) return;
    event.preventDefault();
    const next = input.closest('[data-value]').nextElementSibling;
    if (next) next.querySelector('input.form-control').focus();
    else add();
  });
  form.addEventListener('input', () => suggest(form));
  form.addEventListener('change', (event) => {
    const color = event.target.closest('.picklist-color select');
    if (color) color.previousElementSibling.className = `badge badge-${color.value}`;
    const box = event.target.closest('[data-insert]');
    const path = box?.querySelector('[name=insert]').value;
    if (!path) return;
    event.stopPropagation();
    box.querySelector('[data-clear]').click();
    insert(box, path);
  });
  const arrived = (event) => {
    if (event.target instanceof Element && form.contains(event.target) && event.target.querySelector('[data-values]')) sort();
  };
  document.addEventListener('htmx:after:process', arrived);

  sort();
  suggest(form);
  return () => {
    document.removeEventListener('htmx:after:process', arrived);
    lists.forEach((list) => list.destroy());
  };
}
