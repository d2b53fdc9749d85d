// Small things every module needs.

/** Texts for scripts, in the page's language (`ui/shell/strings.html`). */
export const strings = JSON.parse(document.getElementById('strings')?.textContent ?? '{}');

/** The reader's locale for figures and dates: English reads days before months. */
export const locale = document.documentElement.lang === 'en' ? 'en-GB' : 'it';

/** Runs `handle(event, element)` for events on elements matching `selector`, now and after every swap. */
export function on(type, selector, handle, options) {
  document.addEventListener(
    type,
    (event) => {
      const element = event.target instanceof Element && event.target.closest(selector);
      if (element) handle(event, element);
    },
    options,
  );
}

/** Runs `handle(root)` for the first page (htmx processes <body> once) and for everything that comes in later. */
export function eachArrival(handle) {
  document.addEventListener('htmx:after:process', (event) => handle(event.target));
}

/** All elements matching `selector` in `root`, `root` included. */
export function within(root, selector) {
  const found = [...root.querySelectorAll(selector)];
  if (root instanceof Element && root.matches(selector)) found.unshift(root);
  return found;
}

/** True while the person is writing somewhere, so that single keys are letters. */
export function isTyping(element = document.activeElement) {
  return Boolean(element?.closest('input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]'));
}

/** Whether letters do something by themselves: some people's keyboards and voices press them unasked. */
export const lettersAct = () => document.documentElement.dataset.keys !== 'off';

/** An icon of the sprite as an element. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `${document.documentElement.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** The CSRF token as it is now: signing in, in another tab, changes it. */
export const csrf = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? '';

/** The name under which this browser keeps something of the person whose page this is, and of nobody else. */
export const own = (name) => `${document.body.dataset.person ?? ''}:${name}`;

/** Fires what an answer triggers, as htmx does; returns it by name. */
export function fire(header) {
  const events = JSON.parse(header ?? '{}');
  for (const [name, detail] of Object.entries(events)) {
    document.body.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
  }
  return events;
}

/**
 * A fetch that carries the CSRF token and fails on refusals: `error.events` is what the server triggered, or the toast
 * that says why there was no answer.
 */
export async function send(url, method, data = {}) {
  const headers = { 'X-CSRFToken': csrf(), 'HX-Request': 'true', 'HX-Request-Type': 'partial', 'HX-Current-URL': location.href };
  let response;
  try {
    response = await fetch(url, { method, credentials: 'same-origin', headers, body: new URLSearchParams(data) });
  } catch (error) {
    throw Object.assign(error, { events: fire(JSON.stringify({ toast: { kind: 'danger', text: strings.unreachable } })) });
  }
  const events = fire(response.headers.get('HX-Trigger'));
  const away = response.headers.get('HX-Redirect');
  if (away) location.assign(away);
  if (!response.ok) throw Object.assign(new Error(`${method} ${url}: ${response.status}`), { events });
  return response;
}
