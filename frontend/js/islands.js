// Parts of a page where the browser must do the work. `data-island="board"` loads islands/board.js and calls mount(element);
// `data-mounted` says that it listens.
import { eachArrival, within } from './dom.js';

const ISLANDS = {
  board: () => import('./islands/board.js'),
  calendar: () => import('./islands/calendar.js'),
  chart: () => import('./islands/chart.js'),
  places: () => import('./islands/places.js'),
  lines: () => import('./islands/lines.js'),
  mail: () => import('./islands/mail.js'),
};
const mounted = new WeakSet();

eachArrival((root) => {
  for (const element of within(root, '[data-island]')) {
    if (mounted.has(element)) continue;
    mounted.add(element);
    ISLANDS[element.dataset.island]().then(({ mount }) => {
      mount(element);
      element.dataset.mounted = '';
    });
  }
  if (within(root, '[x-data]').length) import('./islands/alpine.js');
});
