// Edits in place made without a network wait here and are sent when it is back, each once; the cell says so meanwhile.
// One that meanwhile collided comes back as the cell's own question (keep mine, leave theirs) where the cell is on the
// page; otherwise it stays in the queue until its record is opened, and a toast names it.
import { htmx } from './setup.js';
import { csrf, eachArrival, own, strings, within } from './dom.js';
import { toast } from './toasts.js';

const KEY = own('queue');
/** What the server says to an edit; anything else (signed out, in trouble) is no answer, and the edit goes on waiting. */
const ANSWERS = [200, 404, 409, 422];
const path = (url) => new URL(url, location.href).pathname;
const waiting = () => JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
const cellOf = (url) => [...document.querySelectorAll('.editable')].find((cell) => path(cell.getAttribute('hx-get') ?? '') === url);

function keep(queue) {
  sessionStorage.setItem(KEY, JSON.stringify(queue));
  const count = Object.keys(queue).length;
  const line = document.querySelector('#offline [data-queued]');
  if (line) line.textContent = count ? strings.queued.replace('0', String(count)) : '';
}

function mark(cell, shown) {
  cell.classList.remove('is-editing');
  cell.classList.add('is-queued');
  cell.title = strings.waiting;
  cell.textContent = shown;
}

document.addEventListener('htmx:before:request', (event) => {
  const form = event.detail.ctx.sourceElement?.closest?.('.cell-form');
  if (navigator.onLine || !form) return;
  event.preventDefault();
  const cell = form.closest('.editable');
  const url = form.getAttribute('hx-post');
  const field = form.querySelector('select, textarea, input:not([type=hidden])');
  const shown = field?.selectedOptions?.[0]?.textContent ?? field?.value ?? '';
  keep({ ...waiting(), [path(url)]: { url, shown, values: [...new FormData(form)].filter(([, value]) => typeof value === 'string') } });
  mark(cell, shown);
  toast({ kind: 'info', text: strings.waiting });
});

let sending = false;
async function send() {
  if (sending) return;
  sending = true;
  await sendAll();
  sending = false;
}

async function sendAll() {
  for (const [key, { url, shown, values }] of Object.entries(waiting())) {
    const body = new URLSearchParams(values);
    let response;
    try {
      response = await fetch(url, { method: 'POST', body, credentials: 'same-origin', headers: { 'X-CSRFToken': csrf(), 'HX-Request': 'true', 'HX-Request-Type': 'partial' } });
    } catch {
      return; // Still no network: the next `online` tries again.
    }
    if (!ANSWERS.includes(response.status)) {
      toast({ kind: 'danger', text: strings.held });
      return;
    }
    const { [key]: _sent, ...rest } = waiting();
    const record = key.replace(/edit\/[^/]+\/$/, '');
    const gone = response.status === 404;
    const cell = gone ? undefined : cellOf(key);
    if (response.ok || gone || cell) keep(rest);
    if (cell) {
      cell.classList.remove('is-queued');
      cell.removeAttribute('title');
      cell.innerHTML = await response.text();
      cell.classList.toggle('is-editing', !response.ok);
      htmx.process(cell);
    } else if (!response.ok) {
      toast({ kind: 'warning', text: `${gone ? strings.gone : strings.notSent} ${gone ? shown : record}` });
    }
    if (response.ok) toast({ text: strings.sent });
  }
}

if (document.body.dataset.events) {
  addEventListener('online', send);
  if (navigator.onLine) send();
  eachArrival((root) => {
    const queue = waiting();
    let found = false;
    for (const cell of Object.keys(queue).length ? within(root, '.editable:not(.is-editing)') : []) {
      const entry = queue[path(cell.getAttribute('hx-get') ?? '')];
      if (!entry) continue;
      mark(cell, entry.shown);
      found = true;
    }
    if (found && navigator.onLine) send();
  });
}
