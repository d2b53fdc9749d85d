// Moving between pages: only #main changes; title, focus, scroll and the marked place in the sidebar follow.
import { strings } from './dom.js';
import { toast } from './toasts.js';

const main = document.getElementById('main');
const scrollKey = (path) => `scroll:${path}`;
const here = () => location.pathname + location.search;

function markPlace() {
  const places = [...document.querySelectorAll('.sidebar a.nav-item, .bottombar a')];
  const closeness = ({ pathname, search }) => {
    if (pathname + search === here()) return Infinity;
    const inside = pathname === location.pathname || (pathname !== '/' && location.pathname.startsWith(pathname));
    return inside && !search ? pathname.length : 0;
  };
  const closest = Math.max(...places.map(closeness));
  for (const link of places) {
    if (closest > 0 && closeness(link) === closest) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

let restoring = false;
document.addEventListener('htmx:before:history:update', () => {
  sessionStorage.setItem(scrollKey(here()), String(main.scrollTop));
});
document.addEventListener('htmx:before:history:restore', () => {
  restoring = true;
});
document.addEventListener('htmx:after:history:push', markPlace);
document.addEventListener('htmx:after:swap', (event) => {
  const { target, sourceEvent } = event.detail.ctx;
  // The same page looked at again takes nobody anywhere.
  if (target !== main || sourceEvent?.type === 'refresh') return;
  delete document.documentElement.dataset.menu;
  if (restoring) {
    restoring = false;
    markPlace();
    main.scrollTop = Number(sessionStorage.getItem(scrollKey(here())) ?? 0);
  }
  if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
  requestAnimationFrame(() => {
    document.getElementById('announcer').textContent = document.title;
  });
});

// A whole document in answer to a request for a part means we left the shell (signed out, an error page).
document.addEventListener('htmx:after:request', (event) => {
  const { ctx } = event.detail;
  if (!/^\s*<!doctype html/i.test(ctx.text) || ctx.select) return;
  if (ctx.response.status < 400) {
    event.preventDefault();
    location.assign(ctx.response.raw.url);
  } else if (ctx.request.method === 'GET' && ctx.target === main) {
    Object.assign(ctx, { select: '#main', swap: 'innerHTML strip:true scroll:top' });
  } else {
    event.preventDefault();
    toast({ kind: 'danger', text: ctx.response.status < 500 ? strings.refused : strings.failed });
  }
});
document.addEventListener('htmx:error', (event) => {
  const { error, ctx } = event.detail;
  // Without a network the pill says so, once.
  if (ctx && navigator.onLine && (error?.name === 'TypeError' || ctx.request.signal.reason === 'timeout')) toast({ kind: 'danger', text: strings.unreachable });
});

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-menu-toggle]')) {
    const root = document.documentElement;
    if (root.dataset.menu) delete root.dataset.menu;
    else root.dataset.menu = 'open';
  }
});

// Offline notice, and a thin line while something loads.
const offline = document.getElementById('offline');
const showConnection = () => {
  if (offline) offline.hidden = navigator.onLine;
};
addEventListener('online', showConnection);
addEventListener('offline', showConnection);
showConnection();

let pending = 0;
const loading = document.getElementById('loading');
document.addEventListener('htmx:before:request', () => {
  pending += 1;
  setTimeout(() => loading && (loading.hidden = pending === 0), 150);
});
document.addEventListener('htmx:finally:request', () => {
  pending = Math.max(0, pending - 1);
  if (pending === 0 && loading) loading.hidden = true;
});
