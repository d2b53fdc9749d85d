// Files of a record: `<section data-upload="/people/1/files/">` takes what is dropped on it or chosen in its
// `[data-upload-input]`, shows how far it is in `[data-upload-progress]`, and looks again when it is done.
import { htmx } from './setup.js';
import { csrf, fire, on, strings } from './dom.js';
import { toast } from './toasts.js';

function upload(area, files) {
  if (!files.length) return;
  const form = new FormData();
  for (const file of files) form.append('file', file);
  const bar = area.querySelector('[data-upload-progress]');
  bar.hidden = false;
  // fetch() cannot tell how far an upload is.
  const request = new XMLHttpRequest();
  request.open('POST', area.dataset.upload);
  request.setRequestHeader('X-CSRFToken', csrf());
  request.setRequestHeader('HX-Request', 'true');
  request.upload.addEventListener('progress', (event) => {
    if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
  });
  request.addEventListener('loadend', () => {
    bar.hidden = true;
    const events = fire(request.getResponseHeader('HX-Trigger'));
    if (request.status === 0 || (request.status >= 400 && !events.toast)) {
      toast({ kind: 'danger', text: request.status === 0 ? strings.unreachable : strings.refused });
    }
    htmx.trigger(area.closest('[data-record]') ?? area, 'refresh');
  });
  request.send(form);
}

const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
on('dragover', '[data-upload]', (event, area) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  area.classList.add('is-over');
});
on('dragleave', '[data-upload]', (event, area) => {
  if (!area.contains(event.relatedTarget)) area.classList.remove('is-over');
});
on('drop', '[data-upload]', (event, area) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  area.classList.remove('is-over');
  upload(area, event.dataTransfer.files);
});
on('change', '[data-upload-input]', (_event, input) => {
  upload(input.closest('[data-upload]'), input.files);
  input.value = '';
});
