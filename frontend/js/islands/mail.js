// The editor of e-mail templates: what is written goes to the server, which shows the mail in the frame, as desktop or
// telephone and in light or dark; `[data-insert]` and `[data-insert-variable]` write where the cursor is.
import { csrf } from '../dom.js';

const REST = 500;

export function mount(root) {
  const source = root.querySelector('#mail-form');
  const preview = root.querySelector('[data-preview]');
  const frame = root.querySelector('.mail-frame');
  // The form's fields are others when a draft is taken back.
  const field = (name) => source.elements.namedItem(name);
  let last = 'body';
  let timer;

  function show() {
    clearTimeout(timer);
    for (const name of ['subject', 'body']) preview.elements.namedItem(name).value = field(name).value;
    preview.elements.namedItem('csrfmiddlewaretoken').value = csrf();
    preview.submit();
  }

  function insert(text) {
    const here = field(last);
    here.setRangeText(text, here.selectionStart, here.selectionEnd, 'end');
    here.focus();
    here.dispatchEvent(new Event('input', { bubbles: true }));
  }

  /** A block goes before the line that closes the body, unless the cursor stands between two blocks. */
  function insertBlock(text) {
    const body = field('body');
    const end = body.value.lastIndexOf('</mj-body>');
    const before = body.value.slice(0, body.selectionStart);
    const between = /(<mj-body[^>]*>|<\/mj-section>|<\/mj-wrapper>)\s*$/.test(before);
    const place = between || end < 0 ? body.selectionStart : body.value.lastIndexOf('\n', end) + 1;
    body.setSelectionRange(place, place);
    last = 'body';
    insert(text);
  }

  source.addEventListener('focusin', ({ target }) => {
    if (['subject', 'body'].includes(target.name)) last = target.name;
  });
  source.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(show, REST);
  });
  root.addEventListener('click', (event) => {
    const block = event.target.closest('[data-insert]');
    const view = event.target.closest('[data-view]');
    const dark = event.target.closest('[data-dark]');
    if (block) insertBlock(block.dataset.insert);
    if (view) {
      for (const one of root.querySelectorAll('[data-view]')) one.setAttribute('aria-pressed', String(one === view));
      frame.classList.toggle('is-phone', view.dataset.view === 'phone');
    }
    if (dark) {
      const on = dark.getAttribute('aria-pressed') !== 'true';
      dark.setAttribute('aria-pressed', String(on));
      frame.classList.toggle('is-dark', on);
    }
  });
  root.addEventListener('change', (event) => {
    if (!event.target.matches('[data-insert-variable]')) return;
    if (event.target.value) insert(`{{ ${event.target.value}| }}`);
    event.target.value = '';
  });
  show();
}
