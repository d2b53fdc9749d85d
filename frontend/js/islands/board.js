// A board: `.board[data-move]` with `.board-cards[data-column]` of `.board-card[data-id]`. Dropping a card POSTs
// {id, column, before} to data-move; the card moves at once and goes back if the server refuses. When the server asks
// for more first (`ask {url}`: why a deal is lost), the card waits where it is and goes back if the dialog is cancelled.
// Without data-move the cards stay where they are. Keyboard: Space grabs the focused card, arrows move it, Space drops, Esc puts it back.
import Sortable from 'sortablejs/modular/sortable.core.esm.js';
import { send, strings } from '../dom.js';
import { whenAnswered } from '../overlays.js';
import { letGo } from '../realtime.js';
import { toast } from '../toasts.js';

export function mount(board) {
  const lists = [...board.querySelectorAll('.board-cards')];
  const say = (text) => {
    document.getElementById('announcer').textContent = text;
  };
  const place = (card) => ({ list: card.parentElement, next: card.nextElementSibling });
  const putBack = (card, { list, next }) => list.insertBefore(card, next?.parentElement === list ? next : null);
  const name = (list) => list.closest('.board-column').querySelector('h2').textContent.trim();

  const release = (card) => {
    card.classList.remove('is-held');
    letGo(card);
  };

  async function moved(card, from) {
    if (card.parentElement === from.list && card.nextElementSibling === from.next) return letGo(card);
    const next = card.nextElementSibling;
    card.classList.add('is-held');
    try {
      const response = await send(board.dataset.move, 'POST', {
        id: card.dataset.id,
        version: card.dataset.version ?? '',
        column: card.parentElement.dataset.column,
        before: next?.dataset.id ?? '',
      });
      say(`${card.querySelector('.board-title')?.textContent.trim()}: ${name(card.parentElement)}`);
      // The answer may hold `<… id>` parts that changed (totals, the card with its new version).
      const answer = new DOMParser().parseFromString(await response.text(), 'text/html');
      for (const part of answer.body.querySelectorAll('[id]')) document.getElementById(part.id)?.replaceWith(part);
      window.htmx.process(board);
      release(document.getElementById(card.id) ?? card);
    } catch (error) {
      if (error.events?.ask) {
        whenAnswered(() => putBack(card, from), () => {
          release(card);
          card.focus({ preventScroll: true });
        });
        return;
      }
      putBack(card, from);
      release(card);
      // The server says why; silence means that it could not be reached.
      if (!error.events?.toast) toast({ kind: 'danger', text: strings.notMoved });
    }
  }

  let start = null;
  const sorted = (board.dataset.move ? lists : []).map((list) =>
    Sortable.create(list, {
      group: board.dataset.move,
      draggable: '.board-card',
      filter: 'a, button, input',
      preventOnFilter: false,
      animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 120,
      delay: 180,
      delayOnTouchOnly: true,
      scroll: board,
      ghostClass: 'is-ghost',
      dragClass: 'is-moving',
      onStart: ({ item }) => {
        start = place(item);
      },
      onEnd: ({ item }) => moved(item, { list: start.list, next: start.next === item ? item.nextElementSibling : start.next }),
    }),
  );

  /** The card that the keyboard has in hand, and where it was. */
  let grabbed = null;
  function drop() {
    const { card, from } = grabbed;
    grabbed = null;
    card.classList.remove('is-grabbed');
    return [card, from];
  }
  function giveUp() {
    const [card, from] = drop();
    putBack(card, from);
    letGo(card);
    return card;
  }
  // Who goes elsewhere lets the card go back; an arrow that moves it takes the focus for a moment only.
  board.addEventListener('focusout', () => setTimeout(() => {
    if (grabbed && !grabbed.card.contains(document.activeElement)) giveUp();
  }));
  board.addEventListener('keydown', (event) => {
    const card = event.target.closest('.board-card');
    if (!card || event.target !== card) return;
    const list = card.parentElement;
    const column = lists.indexOf(list);
    const steps = { ArrowUp: card.previousElementSibling, ArrowDown: card.nextElementSibling };
    if (event.key === ' ' && board.dataset.move) {
      event.preventDefault();
      say(grabbed ? strings.dropped : strings.grabbed);
      if (grabbed) {
        moved(...drop());
      } else {
        card.classList.add('is-grabbed');
        grabbed = { card, from: place(card) };
      }
    } else if (event.key === 'Escape' && grabbed) {
      event.preventDefault();
      event.stopPropagation();
      giveUp().focus();
    } else if (event.key.startsWith('Arrow')) {
      event.preventDefault();
      const otherList = { ArrowLeft: lists[column - 1], ArrowRight: lists[column + 1] }[event.key];
      if (grabbed) {
        if (event.key === 'ArrowUp') steps.ArrowUp?.before(card);
        else if (event.key === 'ArrowDown') steps.ArrowDown?.after(card);
        else otherList?.prepend(card);
        if (otherList) say(name(otherList));
        card.focus();
      } else {
        (steps[event.key] ?? otherList?.querySelector('.board-card'))?.focus();
      }
    } else if (event.key === 'Enter') {
      card.querySelector('.board-title')?.click();
    }
  });
  return () => sorted.forEach((list) => list.destroy());
}
