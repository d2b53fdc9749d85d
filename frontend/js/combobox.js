// A text input that finds records or options while you type (WAI-ARIA combobox with a listbox):
//   <anello-combobox data-name="owner" data-url="/lookup/user/" [multiple] [data-create]>…</anello-combobox>
// Chosen values are hidden inputs, so the form posts as any other. The server answers `?q=` with <li role="option" data-value>.
import { icon, strings } from './dom.js';

class Combobox extends HTMLElement {
  #input;
  #list;
  #timer;
  #abort;
  /** Whether what is offered answers what is typed; until then Enter takes what will be the first (`#first`). */
  #current = false;
  #first = false;

  connectedCallback() {
    if (this.#input) return;
    this.#input = this.querySelector('input[role=combobox]');
    this.#list = this.querySelector('[role=listbox]');
    // A draft brings the field back as it stood, perhaps half-typed.
    this.#list.id = `${this.#input.id}-list`;
    if (!this.multiple) this.#input.value = this.#input.dataset.shown ?? '';
    this.#close();
    this.#input.setAttribute('aria-controls', this.#list.id);
    this.#input.addEventListener('input', () => this.#later());
    this.#input.addEventListener('focus', () => this.#input.select());
    this.#input.addEventListener('click', () => this.#open());
    // What is typed is no value: only what is chosen is told as a change.
    this.#input.addEventListener('change', (event) => event.stopPropagation());
    this.#input.addEventListener('keydown', (event) => this.#key(event));
    this.addEventListener('focusout', (event) => {
      if (!this.contains(event.relatedTarget)) this.#leave();
    });
    this.#list.addEventListener('pointerdown', (event) => event.preventDefault());
    this.#list.addEventListener('click', (event) => this.#choose(event.target.closest('[role=option]')));
    this.addEventListener('click', (event) => {
      if (event.target.closest('[data-remove]')) this.#remove(event.target.closest('.tag'));
      else if (event.target.closest('[data-clear]')) this.#clear();
      if (event.target.closest('[data-clear]') || event.target.classList.contains('combobox-box')) this.#input.focus();
    });
  }

  get multiple() {
    return this.hasAttribute('multiple');
  }

  get #options() {
    return [...this.#list.querySelectorAll('[role=option]:not([hidden])')];
  }

  #later() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#current = false;
    this.#mark();
    this.#timer = setTimeout(() => this.#open(), this.dataset.url ? 150 : 0);
  }

  async #open() {
    const query = this.#input.value.trim();
    if (this.dataset.url) {
      this.#abort?.abort();
      this.#abort = new AbortController();
      const url = new URL(this.dataset.url, location.href);
      const shown = this.#input.dataset.shown;
      url.searchParams.set('q', query === shown ? '' : query);
      try {
        const response = await fetch(url, { signal: this.#abort.signal, headers: { 'HX-Request': 'true', 'HX-Request-Type': 'partial' } });
        if (!response.ok) throw new Error(String(response.status));
        this.#list.innerHTML = await response.text();
      } catch (error) {
        if (error.name === 'AbortError') return;
        this.#list.replaceChildren(this.#note(strings.unreachable));
      }
    } else {
      // What is chosen is no search: all is offered again.
      const wanted = query === this.#input.dataset.shown ? '' : query.toLocaleLowerCase();
      for (const option of this.#list.querySelectorAll('[role=option]')) option.hidden = !option.textContent.toLocaleLowerCase().includes(wanted);
    }
    this.#list.querySelector('[data-create]')?.remove();
    if (this.hasAttribute('data-create') && query && !this.#options.some((option) => option.textContent.trim() === query)) {
      const create = Object.assign(document.createElement('li'), { textContent: `${strings.add} “${query}”` });
      create.setAttribute('role', 'option');
      create.dataset.create = '';
      create.dataset.value = query;
      create.dataset.label = query;
      this.#list.append(create);
    }
    if (!this.#options.length && !this.#list.querySelector('.listbox-note')) this.#list.append(this.#note(strings.nothing));
    this.#list.hidden = false;
    this.#input.setAttribute('aria-expanded', 'true');
    this.#current = true;
    this.#mark(query ? this.#options[0] : undefined);
    if (this.#first) this.#choose(this.#options[0]);
    this.#first = false;
  }

  #note(text) {
    const note = Object.assign(document.createElement('li'), { className: 'listbox-note', textContent: text });
    note.setAttribute('role', 'presentation');
    return note;
  }

  #mark(option) {
    for (const other of this.#options) {
      other.classList.toggle('is-active', other === option);
      other.setAttribute('aria-selected', String(other === option));
    }
    if (option) option.id = `${this.#list.id}-${[...this.#list.children].indexOf(option)}`;
    this.#input.setAttribute('aria-activedescendant', option?.id ?? '');
    option?.scrollIntoView({ block: 'nearest' });
  }

  #key(event) {
    const open = !this.#list.hidden;
    const options = this.#options;
    const index = options.findIndex((option) => option.classList.contains('is-active'));
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) this.#open();
      else this.#mark(options.at((index + (event.key === 'ArrowDown' ? 1 : index < 0 ? 0 : -1)) % options.length));
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      this.#leave();
    } else if (event.key === 'Enter' && !this.#current && this.#input.value.trim() !== (this.#input.dataset.shown ?? '')) {
      event.preventDefault();
      this.#first = true;
    } else if (event.key === 'Enter' && open && index >= 0) {
      event.preventDefault();
      this.#choose(options[index]);
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      event.stopPropagation();
      this.#close();
    } else if (event.key === 'Backspace' && this.multiple && !this.#input.value) {
      this.#remove([...this.querySelectorAll('.tag')].at(-1));
    }
  }

  #choose(option) {
    if (!option) return;
    const { value } = option.dataset;
    const label = option.dataset.label ?? option.textContent.trim();
    this.#close();
    if (this.multiple) {
      this.#add(value, label);
    } else {
      this.querySelector('input[type=hidden]').value = value;
      this.#input.value = label;
      this.#input.dataset.shown = label;
      this.#changed();
    }
  }

  #add(value, label) {
    if (![...this.querySelectorAll('input[type=hidden]')].some((hidden) => hidden.value === value)) {
      const tag = Object.assign(document.createElement('span'), { className: 'tag', textContent: label });
      const hidden = Object.assign(document.createElement('input'), { type: 'hidden', name: this.dataset.name, value });
      const remove = Object.assign(document.createElement('button'), { type: 'button' });
      remove.dataset.remove = '';
      remove.setAttribute('aria-label', `${strings.remove} ${label}`);
      remove.append(icon('x'));
      tag.append(hidden, remove);
      this.#input.before(tag);
    }
    this.#input.value = '';
    this.#changed();
  }

  #remove(tag) {
    if (!tag) return;
    tag.remove();
    this.#input.focus();
    this.#changed();
  }

  #clear() {
    this.querySelector('input[type=hidden]').value = '';
    this.#input.value = '';
    this.#input.dataset.shown = '';
    this.#changed();
  }

  /**
   * Leaving with a half-typed text: where new words may be given it is one; else an emptied field clears the choice, and
   * anything else goes back to what was chosen.
   */
  #leave() {
    this.#close();
    const typed = this.#input.value.trim();
    if (this.hasAttribute('data-create') && typed) this.#add(typed, typed);
    if (this.multiple) return;
    if (!typed && this.#input.dataset.shown) this.#clear();
    else this.#input.value = this.#input.dataset.shown ?? '';
  }

  #close() {
    this.#abort?.abort();
    clearTimeout(this.#timer);
    this.#first = false;
    this.#list.hidden = true;
    this.#input.setAttribute('aria-expanded', 'false');
    this.#input.setAttribute('aria-activedescendant', '');
  }

  #changed() {
    for (const type of ['input', 'change']) this.dispatchEvent(new Event(type, { bubbles: true }));
  }
}

customElements.define('anello-combobox', Combobox);
