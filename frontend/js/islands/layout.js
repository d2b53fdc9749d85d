// Arranging what people see: `[data-zone]` and the one `[data-tray]` are lists of `[data-item]`, each with a hidden input
// that is posted in the order of the page, and is disabled while the item lies in the tray. Zones may stand in sections
// `[data-section]` with a `[data-handle]`. Items are dragged, or by keyboard: arrows move about, Space grabs the item that
// has the focus and drops it, Enter and Delete bring it to the surface and back.
import Sortable from 'sortablejs/modular/sortable.core.esm.js';
import { strings } from '../dom.js';
import { htmx } from '../setup.js';

const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

export function mount(root) {
  const tray = root.querySelector('[data-tray]');
  const sections = root.querySelector('[data-sections]');
  const zones = () => [...root.querySelectorAll('[data-zone]')];
  const lists = () => [tray, ...zones()];
  const items = (list) => [...list.children].filter((item) => !item.hidden);
  const full = (zone) => 'most' in zone.dataset && zone.childElementCount >= Number(zone.dataset.most);
  const order = new Map([...root.querySelectorAll('[data-item]')].map((item, place) => [item, place]));
  const sorted = [];
  let latest = zones()[0];
  let grabbed = null;

  const say = (text) => {
    document.getElementById('announcer').textContent = text;
  };
  const place = (item) => {
    const list = item.parentElement;
    const where = list.closest('[data-section]')?.querySelector('[data-title]').textContent.trim() ?? '';
    return [item.dataset.label, where, `${items(list).indexOf(item) + 1} / ${items(list).length}`].filter(Boolean).join(', ');
  };

  function settle() {
    for (const list of lists()) {
      for (const item of list.children) item.querySelector('[name="place"]').disabled = list === tray;
    }
    root.dispatchEvent(new Event('input', { bubbles: true }));
  }

  function reach(item) {
    root.querySelectorAll('[data-item][tabindex="0"]').forEach((one) => one.setAttribute('tabindex', '-1'));
    item.setAttribute('tabindex', '0');
    item.focus();
  }

  /** Every list is reached with Tab, at its first item or at the one that was used last. */
  function stops() {
    for (const list of lists()) {
      if (!list.querySelector(':scope > [tabindex="0"]')) items(list)[0]?.setAttribute('tabindex', '0');
    }
  }

  function toTray(item) {
    const after = [...tray.children].find((one) => (order.get(one) ?? 0) > (order.get(item) ?? 0));
    tray.insertBefore(item, after ?? null);
  }

  function add(item) {
    const zone = latest?.isConnected ? latest : zones().at(-1);
    if (!zone || full(zone)) return say(strings.full);
    zone.append(item);
    settle();
    say(place(item));
  }

  function remove(item) {
    toTray(item);
    settle();
    say(`${item.dataset.label}: ${strings.remove}`);
  }

  function watch(list) {
    sorted.push(
      Sortable.create(list, {
        group: { name: 'layout', put: (to) => to.el === tray || !full(to.el) },
        draggable: '[data-item]',
        filter: 'button, input',
        preventOnFilter: false,
        animation: still ? 0 : 120,
        delay: 180,
        delayOnTouchOnly: true,
        scroll: true,
        ghostClass: 'is-ghost',
        onEnd: ({ item }) => {
          if (item.parentElement === tray) toTray(item);
          else latest = item.parentElement;
          settle();
          stops();
          say(place(item));
        },
      }),
    );
  }

  function step(item, by) {
    const list = item.parentElement;
    const all = items(list);
    const next = all[all.indexOf(item) + by];
    if (next) return by > 0 ? next.after(item) : next.before(item);
    const others = list === tray ? [] : zones();
    const other = others[others.indexOf(list) + by];
    if (!other || full(other)) return undefined;
    return by > 0 ? other.prepend(item) : other.append(item);
  }

  function drop() {
    const { item } = grabbed;
    grabbed = null;
    item.classList.remove('is-grabbed');
    return item;
  }

  function giveUp() {
    const { list, next } = grabbed;
    const item = drop();
    list.insertBefore(item, next?.parentElement === list ? next : null);
    return item;
  }

  root.addEventListener('focusout', () => setTimeout(() => {
    if (grabbed && !grabbed.item.contains(document.activeElement)) giveUp();
  }));

  root.addEventListener('keydown', (event) => {
    const handle = event.target.closest('[data-handle]');
    const by = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }[event.key];
    if (handle && by) {
      event.preventDefault();
      const section = handle.closest('[data-section]');
      if (by > 0) section.nextElementSibling?.after(section);
      else section.previousElementSibling?.before(section);
      handle.focus();
      settle();
      say(`${[...sections.children].indexOf(section) + 1} / ${sections.childElementCount}`);
      return;
    }
    const item = event.target.closest('[data-item]');
    if (!item || event.target !== item || event.ctrlKey || event.metaKey || event.altKey) return;
    const list = item.parentElement;
    if (event.key === ' ' && list !== tray) {
      say(grabbed ? `${strings.dropped} ${place(item)}` : strings.grabbed);
      if (grabbed) {
        latest = drop().parentElement;
        settle();
      } else {
        grabbed = { item, list, next: item.nextElementSibling };
        item.classList.add('is-grabbed');
      }
    } else if (event.key === 'Escape' && grabbed) {
      event.stopPropagation();
      reach(giveUp());
    } else if (by && grabbed) {
      step(item, by);
      reach(item);
      say(place(item));
    } else if (by) {
      const all = items(list);
      reach(all[Math.min(Math.max(all.indexOf(item) + by, 0), all.length - 1)]);
      if (list !== tray) latest = list;
    } else if ((event.key === 'Enter' && list === tray) || (['Delete', 'Backspace'].includes(event.key) && list !== tray && !grabbed)) {
      const neighbour = item.nextElementSibling ?? item.previousElementSibling;
      if (list === tray) add(item);
      else remove(item);
      if (neighbour) reach(neighbour);
      stops();
    } else return;
    event.preventDefault();
  });

  root.addEventListener('click', (event) => {
    const item = event.target.closest('[data-item]');
    const section = event.target.closest('[data-section]');
    if (event.target.closest('[data-add]')) add(item);
    else if (event.target.closest('[data-remove]')) remove(item);
    else if (event.target.closest('[data-remove-section]')) {
      for (const one of [...section.querySelectorAll('[data-item]')]) toTray(one);
      section.remove();
      settle();
    } else if (event.target.closest('[data-add-section]')) {
      const key = 1 + Math.max(0, ...[...sections.children].map((one) => Number(one.dataset.key)));
      const html = root.querySelector('[data-new-section]').innerHTML.replaceAll('__key__', key);
      sections.insertAdjacentHTML('beforeend', html);
      const made = sections.lastElementChild;
      watch(made.querySelector('[data-zone]'));
      latest = made.querySelector('[data-zone]');
      settle();
      made.querySelector('input:not([type=hidden])').focus();
    } else return;
    stops();
  });

  root.addEventListener('input', (event) => {
    const { names } = event.target.dataset;
    if (event.target.matches('[data-filter]')) {
      // Looking for something changes nothing.
      event.stopPropagation();
      const wanted = event.target.value.trim().toLowerCase();
      for (const item of tray.children) item.hidden = !item.dataset.label.toLowerCase().includes(wanted);
      stops();
    } else if (names && event.target.lang === (document.documentElement.lang === 'en' ? 'en' : 'it')) {
      event.target.closest('[data-section]').querySelector(`[data-${names}]`).textContent = event.target.value;
    }
  });

  // What was saved has been taken back: the page looks again, unless something is arranged that would be lost.
  const again = ({ target }) => {
    if (target === document.body && !('dirty' in root.closest('form').dataset)) htmx.ajax('GET', location.href, { target: '#main', swap: 'innerHTML' });
  };
  document.addEventListener('refresh', again);

  for (const list of lists()) watch(list);
  if (sections) {
    sorted.push(Sortable.create(sections, {
      draggable: '[data-section]',
      handle: '[data-handle]',
      animation: still ? 0 : 120,
      ghostClass: 'is-ghost',
      onEnd: settle,
    }));
  }
  stops();
  return () => {
    document.removeEventListener('refresh', again);
    sorted.forEach((one) => one.destroy());
  };
}
