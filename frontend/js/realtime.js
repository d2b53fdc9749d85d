// Server-sent events. `notice` refreshes the bell, `record` and `list` wake whatever on the page shows them:
//   <div data-record="lead:UUID" hx-get="…" hx-trigger="refresh">      <form data-list="lead" hx-get="…" hx-trigger="refresh">
import { htmx } from './setup.js';
import { toast } from './toasts.js';

const url = document.body.dataset.events;
const parsed = (event) => (event.data ? JSON.parse(event.data) : {});
const wake = (selector) => document.querySelectorAll(selector).forEach((element) => htmx.trigger(element, 'refresh'));

if (url) {
  const source = new EventSource(url);
  source.addEventListener('notice', (event) => {
    const notice = parsed(event);
    if (notice.count !== undefined) {
      for (const badge of document.querySelectorAll('.bell-count')) badge.textContent = notice.count || '';
    }
    if (notice.text) toast({ kind: 'info', text: notice.text });
    wake('[data-notices]');
  });
  source.addEventListener('record', (event) => {
    const { module, id } = parsed(event);
    wake(`[data-record="${CSS.escape(`${module}:${id}`)}"]`);
  });
  source.addEventListener('list', (event) => wake(`[data-list="${CSS.escape(parsed(event).module)}"]`));
  addEventListener('pagehide', () => source.close());
}
document.addEventListener('refresh', (event) => {
  if (event.target === document.body) wake('[data-list], [data-record]');
});
