// Every request of htmx: it carries the token of now, and what is being sent is not sent again.
import { csrf } from './dom.js';

document.addEventListener('htmx:config:request', (event) => {
  const { sourceElement, sourceEvent, request } = event.detail.ctx;
  // Forms carry a token for browsers without scripts: it may be an old one, and has no place in an address.
  request.body.delete('csrfmiddlewaretoken');
  if (request.method === 'GET') return;
  request.headers['X-CSRFToken'] = csrf();
  // htmx would let a second click wait for its turn. The class stays until the page that answers is there.
  const underWay = sourceElement.classList.contains('htmx-request') && !sourceElement.hasAttribute('hx-sync');
  if (underWay && ['submit', 'click'].includes(sourceEvent.type)) event.preventDefault();
});
