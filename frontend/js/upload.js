// Files of a record: `<section data-upload="/people/1/files/">` takes what is dropped on it or chosen in its
// `[data-upload-input]`, shows how far it is in its <progress>, and looks again when it is done.
// A field that holds a file: `<div data-file-field="/files/">` stores what is dropped or chosen at once; its hidden input
// then says what was stored, and is sent with the form.
import { htmx } from './setup.js';
import { csrf, fire, on, strings } from './dom.js';
import { toast } from './toasts.js';

/** What is on its way into a field. */
const coming = new Map();
/** Forms that wait for it, with the button that is to send them. */
const held = new Map();

/** Posts the files as `file`, showing how far it is; `then(request, refused)` when it has ended, the reason told. */
function post(url, files, bar, then) {
  const form = new FormData();
  for (const file of files) form.append('file', file);
  bar.hidden = false;
  // fetch() cannot tell how far an upload is.
  const request = new XMLHttpRequest();
  request.open('POST', url);
  request.setRequestHeader('X-CSRFToken', csrf());
  request.setRequestHeader('HX-Request', 'true');
  request.upload.addEventListener('progress', (event) => {
    if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
  });
  request.addEventListener('loadend', () => {
    if (request.wanted === false) return;
    bar.hidden = true;
    const refused = request.status === 0 || request.status >= 400;
    if (refused && !fire(request.getResponseHeader('HX-Trigger')).toast) {
      toast({ kind: 'danger', text: request.status === 0 ? strings.unreachable : strings.refused });
    }
    then(request, refused);
  });
  request.send(form);
  return request;
}

function take(area, files) {
  const bar = area.querySelector('progress');
  if (!files.length) return;
  if (area.matches('[data-upload]')) {
    post(area.dataset.upload, files, bar, (request, refused) => {
      if (!refused) fire(request.getResponseHeader('HX-Trigger'));
      htmx.trigger(area.closest('[data-record]') ?? area, 'refresh');
    });
    return;
  }
  // What was chosen last counts.
  leave(area);
  const form = area.closest('form');
  const request = post(area.dataset.fileField, [files[0]], bar, (_request, refused) => {
    coming.delete(area);
    const button = held.get(form);
    if (refused) held.delete(form);
    else say(area, request.responseText, files[0].name);
    if (form && held.has(form) && ![...coming.keys()].some((other) => form.contains(other))) {
      held.delete(form);
      form.requestSubmit(button ?? undefined);
    }
  });
  coming.set(area, request);
}

/** Forgets what is on its way into the field. */
function leave(area) {
  const request = coming.get(area);
  if (!request) return;
  request.wanted = false;
  request.abort();
  coming.delete(area);
  area.querySelector('progress').hidden = true;
}

// A form that is sent while a file is on its way is sent when it is there.
document.addEventListener(
  'submit',
  (event) => {
    if (![...coming.keys()].some((area) => event.target.contains(area))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    held.set(event.target, event.submitter);
    toast({ kind: 'info', text: strings.uploading });
  },
  { capture: true },
);

/** Lets the field say what is stored. */
function say(field, stored, name) {
  const said = field.querySelector('input[type=hidden]');
  said.value = stored;
  field.querySelector('[data-file-name]').textContent = name;
  field.querySelector('[data-file-clear]').hidden = !stored;
  for (const type of ['input', 'change']) said.dispatchEvent(new Event(type, { bubbles: true }));
}

const AREAS = '[data-upload], [data-file-field]';
const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
on('dragover', AREAS, (event, area) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  area.classList.add('is-over');
});
on('dragleave', AREAS, (event, area) => {
  if (!area.contains(event.relatedTarget)) area.classList.remove('is-over');
});
on('drop', AREAS, (event, area) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  area.classList.remove('is-over');
  take(area, event.dataTransfer.files);
});
on('change', '[data-upload-input], [data-file-input]', (_event, input) => {
  // A copy: emptying the input empties its list.
  take(input.closest(AREAS), [...input.files]);
  input.value = '';
});
on('click', '[data-file-clear]', (_event, button) => {
  const field = button.closest('[data-file-field]');
  leave(field);
  say(field, '', '');
  field.querySelector('[data-file-input]').focus();
});
