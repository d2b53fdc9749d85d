// Lists whose entries change places: `[data-places]` of `li`, by drag or with the buttons `[data-step="-1|1"]` of each.
import Sortable from 'sortablejs/modular/sortable.core.esm.js';

export function mount(form) {
  const say = (item) => {
    const place = [...item.parentElement.children].indexOf(item) + 1;
    document.getElementById('announcer').textContent = `${item.textContent.trim()}: ${place}`;
  };
  const sorted = [...form.querySelectorAll('[data-places]')].map((list) =>
    Sortable.create(list, { filter: 'input, button', preventOnFilter: false, delay: 180, delayOnTouchOnly: true, animation: 0, ghostClass: 'is-ghost', onEnd: ({ item }) => say(item) }),
  );
  for (const button of form.querySelectorAll('[data-step]')) button.disabled = false;
  form.addEventListener('click', (event) => {
    const button = event.target.closest('[data-step]');
    if (!button) return;
    const item = button.closest('li');
    if (button.dataset.step === '1') item.nextElementSibling?.after(item);
    else item.previousElementSibling?.before(item);
    button.focus();
    say(item);
  });
  return () => sorted.forEach((list) => list.destroy());
}
