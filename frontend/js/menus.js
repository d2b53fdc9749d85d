// Menus (`<button popovertarget>` + `<div popover role="menu">`): the browser opens them, we add the arrow keys.
import { on } from './dom.js';

const items = (menu) => [...menu.querySelectorAll('[role^=menuitem]:not([disabled], [hidden])')];

document.addEventListener(
  'toggle',
  (event) => {
    const menu = event.target;
    if (!(menu instanceof Element) || !menu.matches('.menu')) return;
    document.querySelector(`[popovertarget="${menu.id}"]`)?.setAttribute('aria-expanded', String(event.newState === 'open'));
    if (event.newState === 'open') items(menu)[0]?.focus({ focusVisible: true });
  },
  true,
);
on('keydown', '.menu', (event, menu) => {
  const all = items(menu);
  const index = all.indexOf(document.activeElement);
  const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: all.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  all.at(next % all.length)?.focus();
});
on('click', '.menu [role^=menuitem]', (_event, item) => item.closest('.menu').hidePopover());
