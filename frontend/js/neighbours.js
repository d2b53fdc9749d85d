// Previous and next on a record page, and the way back: as in the list from which it was opened.
import { eachArrival, own, within } from './dom.js';

const KEY = own('neighbours');
const ROWS = '#main [data-href]';

/** Leaving a list (for a record, in whatever way) remembers its rows in their order. */
function remember() {
  const rows = [...document.querySelectorAll(ROWS)].map((row) => new URL(row.dataset.href, location.href).pathname);
  if (rows.length) sessionStorage.setItem(KEY, JSON.stringify({ list: location.pathname + location.search, rows }));
}
document.addEventListener('htmx:before:request', remember);
addEventListener('pagehide', remember);

eachArrival((root) => {
  const { list, rows } = JSON.parse(sessionStorage.getItem(KEY) ?? '{"rows": []}');
  for (const path of within(root, '.record-path')) {
    if (path.closest('#panel')) continue;
    const link = path.querySelector('[data-list-link]');
    const at = rows.indexOf(location.pathname);
    if (at < 0 || !list.startsWith(link.pathname)) continue;
    link.href = list;
    const both = path.querySelector('[data-neighbours]');
    both.hidden = false;
    for (const [name, target] of [['previous', rows[at - 1]], ['next', rows[at + 1]]]) {
      const step = both.querySelector(`[data-${name}]`);
      if (target) step.href = target;
      else step.setAttribute('aria-disabled', 'true');
    }
  }
});
