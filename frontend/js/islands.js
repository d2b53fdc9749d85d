// Parts of a page where the browser must do the work. `data-island="board"` loads islands/board.js and calls
// mount(element), which answers with what lets go of everything that would outlive the element; `data-mounted` says that
// it listens.
import { eachArrival, strings, within } from './dom.js';
import { toast } from './toasts.js';

const ISLANDS = {
  board: () => import('./islands/board.js'),
  calendar: () => import('./islands/calendar.js'),
  chart: () => import('./islands/chart.js'),
  places: () => import('./islands/places.js'),
  layout: () => import('./islands/layout.js'),
  lines: () => import('./islands/lines.js'),
  matrix: () => import('./islands/matrix.js'),
  mail: () => import('./islands/mail.js'),
  studio: () => import('./islands/studio.js'),
};
const mounted = new Map();

function sweep() {
  for (const [element, unmount] of mounted) {
    if (element.isConnected) continue;
    mounted.delete(element);
    unmount.then((letGo) => letGo?.());
  }
}

async function mount(element) {
  try {
    const { mount: draw } = await ISLANDS[element.dataset.island]();
    const unmount = await draw(element);
    element.dataset.mounted = '';
    return unmount;
  } catch (error) {
    // The file could not be had: the page goes on without this part.
    toast({ kind: 'danger', text: strings.unreachable });
    throw error;
  }
}

eachArrival((root) => {
  sweep();
  for (const element of within(root, '[data-island]')) {
    if (!mounted.has(element)) mounted.set(element, mount(element));
  }
  if (within(root, '[x-data]').length) import('./islands/alpine.js');
});
