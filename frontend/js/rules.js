// Forms in which some fields depend on others: `<div data-rules="…/new/rules/">`. The server says what is shown, required and
// offered with what stands in the form now; what is not shown is not sent.
import { eachArrival, on, send, within } from './dom.js';

const asked = new WeakMap();

function apply(form, name, { hidden, required, options }) {
  const box = form.querySelector(`[name="${name}"], [data-name="${name}"]`)?.closest('.field');
  if (!box) return;
  box.hidden = hidden;
  box.toggleAttribute('data-required', required);
  for (const input of within(box, 'input, select, textarea')) input.disabled = hidden;
  for (const option of options ? within(box, 'option, [role=option]') : []) {
    const value = option.dataset.value ?? option.value;
    option.hidden = option.disabled = Boolean(value) && !options.includes(value);
    if (option.disabled && option.selected) option.parentElement.value = '';
  }
}

async function ask(form) {
  const turn = (asked.get(form) ?? 0) + 1;
  asked.set(form, turn);
  const whole = form.closest('form');
  const disabled = within(form, ':disabled');
  // What is hidden counts as it would if it were shown again.
  for (const input of disabled) input.disabled = false;
  const data = new FormData(whole);
  for (const input of disabled) input.disabled = true;
  const answer = await send(form.dataset.rules, 'POST', data);
  const rules = await answer.json();
  // A later question has the say.
  if (asked.get(form) === turn) for (const [name, rule] of Object.entries(rules)) apply(form, name, rule);
}

eachArrival((root) => within(root, '[data-rules]').forEach(ask));
on('change', '[data-rules]', (_event, form) => ask(form));
