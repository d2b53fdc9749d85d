// Server-sent events. `notice` refreshes the bell, `record` and `list` wake whatever on the page shows them:
//   <div data-record="lead:12" hx-get="…" hx-trigger="refresh">      <form data-list="lead" hx-get="…" hx-trigger="refresh">
// The page subscribes to what it shows; when that changes (another page, a panel), it subscribes anew.
import { htmx } from './setup.js';
import { eachArrival } from './dom.js';
import { toast } from './toasts.js';

const SETTLE = 400;
/** Milliseconds between hearing of something and looking again: what is heard meanwhile is looked at together. */
const [SOONEST, LATEST] = [100, 1000];
/** Milliseconds after which a tab that nobody sees gives its connection back: a browser has few of them for a house. */
const UNSEEN = 30_000;
/** Seconds for which the server remembers what it told, and those that an answer and a connection take at most. */
const [MEMORY, MARGIN] = [10, 1];
const url = document.body.dataset.events;
const parsed = (event) => (event.data ? JSON.parse(event.data) : {});

/** Asks the regions to look again. */
function wake(...selectors) {
  const regions = new Set(selectors.flatMap((selector) => [...document.querySelectorAll(selector)]));
  for (const region of regions) htmx.trigger(region, 'refresh');
}
const due = new Set();
let soon;
/** The same for what was heard: not all at once with everybody else, not for each of many changes, not for nobody. */
function hear(selector) {
  due.add(selector);
  soon ??= setTimeout(look, SOONEST + Math.random() * (LATEST - SOONEST));
}
function look() {
  soon = undefined;
  if (document.hidden) return;
  wake(...due);
  due.clear();
}
// What somebody has in hand is not taken away, however late the answer comes: its region looks again when it is let go.
const IN_HAND = '.is-editing, .is-grabbed, .is-ghost, .is-held';
const missed = new WeakSet();
document.addEventListener('htmx:before:swap', (event) => {
  const { sourceEvent, target } = event.detail.ctx;
  if (sourceEvent?.type !== 'refresh' || !target.querySelector(IN_HAND)) return;
  event.preventDefault();
  missed.add(target);
});

/** To be called when `element`, which was in hand, is so no more. */
export function letGo(element) {
  const region = element.closest('[data-list], [data-record]');
  if (missed.delete(region)) htmx.trigger(region, 'refresh');
}

function topics() {
  const query = new URLSearchParams();
  for (const kind of ['record', 'list']) {
    const shown = [...document.querySelectorAll(`[data-${kind}]`)].map((element) => element.dataset[kind]);
    for (const topic of [...new Set(shown)].sort()) query.append(kind, topic);
  }
  return query.toString();
}

let streams = [];
let heard = null;
/** When what the page shows was asked for (milliseconds as `performance.now()` tells them), while nobody listens to it. */
let asked = 0;
function listen() {
  if (document.hidden) return;
  const wanted = topics();
  const open = streams.filter((stream) => stream.readyState === EventSource.OPEN);
  const age = asked === undefined ? 0 : (performance.now() - asked) / 1000 + MARGIN;
  asked = undefined;
  if (streams.some((stream) => stream.readyState !== EventSource.CLOSED) && wanted === heard) return;
  for (const stream of streams) if (!open.includes(stream)) stream.close();
  heard = wanted;
  const source = new EventSource(`${url}?${wanted}&age=${age.toFixed(1)}`);
  let lost = (streams.length > 0 && !open.length) || age > MEMORY;
  // The former stream is heard until this one is open: what happens meanwhile is not missed.
  streams = [...open, source];
  source.addEventListener('error', () => {
    lost = true;
  });
  source.addEventListener('open', () => {
    for (const former of streams.splice(0, streams.indexOf(source))) former.close();
    // Whatever happened while the connection was down was not heard.
    if (lost) hear('[data-list], [data-record], [data-notices]');
    lost = false;
  });
  source.addEventListener('notice', (event) => {
    const notice = parsed(event);
    if (notice.count !== undefined) {
      for (const badge of document.querySelectorAll('.bell-count')) badge.textContent = notice.count || '';
    }
    if (!notice.text) return;
    toast({ kind: 'info', text: notice.text });
    hear('[data-notices]');
  });
  source.addEventListener('record', (event) => {
    const { module, id } = parsed(event);
    hear(`[data-record="${CSS.escape(`${module}:${id}`)}"]`);
  });
  source.addEventListener('list', (event) => hear(`[data-list="${CSS.escape(parsed(event).module)}"]`));
}

if (url) {
  let timer;
  eachArrival(() => {
    clearTimeout(timer);
    timer = setTimeout(listen, SETTLE);
  });
  document.addEventListener('htmx:before:request', () => {
    asked ??= performance.now();
  });
  const leave = () => streams.forEach((stream) => stream.close());
  addEventListener('pagehide', leave);
  let unseen;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(unseen);
    if (document.hidden) {
      unseen = setTimeout(leave, UNSEEN);
    } else {
      look();
      listen();
    }
  });
  addEventListener('pageshow', (event) => event.persisted && listen());
}
// An answer that says `refresh` is told by whatever asked for it; what is woken hears the same word, and is no answer.
document.addEventListener('refresh', (event) => {
  if (!event.target.matches('[data-list], [data-record], [data-notices]')) wake('[data-list], [data-record]');
});
