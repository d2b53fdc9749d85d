// Keys that work everywhere; `?` shows them all (ui/shell/keys.html).
import { isTyping, lettersAct } from './dom.js';
import { leavePanel } from './overlays.js';
import { openPalette } from './palette.js';

document.addEventListener('keydown', (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    openPalette();
  } else if (command && event.key === 'Enter') {
    const form = event.target.closest?.('form');
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    }
  } else if (event.key === 'Escape') {
    if (event.defaultPrevented || document.querySelector('dialog[open], .menu:popover-open')) return;
    if (isTyping()) document.activeElement.blur();
    else leavePanel();
  } else if (command && event.key === 'z' && !isTyping()) {
    [...document.querySelectorAll('.toast [data-undo]')].at(-1)?.click();
  } else if (lettersAct() && !command && !event.altKey && !isTyping() && !document.querySelector('dialog[open]')) {
    if (event.key === '/') {
      event.preventDefault();
      const search = document.querySelector('#main [data-search]');
      if (search) search.focus();
      else openPalette();
    } else if (event.key === '?') {
      document.getElementById('keys')?.showModal();
    } else if (event.key === 'c') {
      document.getElementById('create-menu')?.togglePopover({ source: document.querySelector('[popovertarget="create-menu"]') });
    } else {
      // Keys of one screen, shown on its buttons: `data-key="m"`.
      document.querySelector(`#main [data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click();
    }
  }
});
