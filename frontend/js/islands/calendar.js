// A calendar: `.calendar[data-events="/…/?start=…"]`. Events are JSON: {id, title, start, end, allDay, arc, url, editable}
// and, where they apply, `state` (becomes a class), `resourceIds` and `repeats`.
// Dragging POSTs {id, start, end, allDay} to data-move; a refusal puts the event back. What repeats asks first: GET
// data-move opens in the dialog. Clicking opens `url` in the panel; choosing an empty slot opens
// data-create?start=…&end=… in the dialog. data-resources is the id of a JSON script: [{id, title}] are the team's columns.
// data-hours are the reader's working hours: what lies outside them is shaded.
// The address, and links with [data-calendar-link], keep up with the view and date shown.
import { createCalendar, destroyCalendar, DayGrid, Interaction, List, ResourceTimeGrid, TimeGrid } from '@event-calendar/core';
import { locale, on, send, strings } from '../dom.js';
import { openDialog, openPanel } from '../overlays.js';
import { toast } from '../toasts.js';

const TABLE_ATTRIBUTES = ['role', 'aria-colindex', 'aria-rowindex', 'aria-colspan', 'aria-rowspan'];

/** Opens `url?…` in the dialog. */
function ask(url, parameters) {
  const target = new URL(url, location.href);
  for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value);
  openDialog(target.pathname + target.search);
}

/** Writes the view and date shown into the address and into the links that lead back here. */
function remember(view, date) {
  const mark = (address, keepView) => {
    const url = new URL(address, location.href);
    if (!keepView) url.searchParams.set('view', view);
    url.searchParams.set('date', date);
    return url.pathname + url.search;
  };
  history.replaceState(history.state, '', mark(location.href, false));
  for (const link of document.querySelectorAll('[data-calendar-link]')) {
    link.setAttribute('href', mark(link.getAttribute('href'), link.dataset.calendarLink === 'team'));
  }
}

// A proposed time fills the form it was asked from.
on('click', '[data-slot]', (_event, button) => {
  const form = button.closest('form');
  form.elements.namedItem('start_at').value = button.dataset.start;
  form.elements.namedItem('end_at').value = button.dataset.end;
  form.elements.namedItem('all_day').checked = false;
  form.dispatchEvent(new Event('input', { bubbles: true }));
});

const isShort = ({ start, end, allDay }) => !allDay && new Date(end) - new Date(start) <= 30 * 60_000;
const local = (date) => new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);

/** The spans outside working hours (`01234 09:00 18:00`, days from Monday) of the days shown. */
function outside(hours, start, end) {
  if (!hours) return [];
  const [days, opens, closes] = hours.split(' ');
  const spans = [];
  for (const day = new Date(start); day < end; day.setDate(day.getDate() + 1)) {
    const at = (clock) => `${local(day).slice(0, 10)}T${clock}:00`;
    const works = days.includes((day.getDay() + 6) % 7);
    if (!works) spans.push({ start: at('00:00'), end: at('23:59') });
    else spans.push({ start: at('00:00'), end: at(opens) }, { start: at(closes), end: at('23:59') });
  }
  return spans;
}

function stylesheet(href) {
  if (document.querySelector(`link[href="${href}"]`)) return undefined;
  const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
  return new Promise((resolve, reject) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', reject);
    document.head.append(link);
  });
}

/**
 * The library calls itself a table but holds buttons and toolbars where only cells may stand: a plain group is honest.
 * What scrolls must be reachable by keyboard, even on a day without events. Whenever the library draws, before it is seen.
 */
function keepAccessible(element) {
  const mend = () => {
    for (const part of element.querySelectorAll('[role]:not([role=button]), [aria-colindex], [aria-rowindex]')) {
      for (const attribute of TABLE_ATTRIBUTES) part.removeAttribute(attribute);
    }
    element.setAttribute('role', 'group');
    element.setAttribute('aria-label', strings.calendar.label);
    element.querySelector('.ec-main')?.setAttribute('tabindex', '0');
    observer.takeRecords(); // our own changes
  };
  const observer = new MutationObserver(mend);
  observer.observe(element, { subtree: true, childList: true, attributeFilter: [...TABLE_ATTRIBUTES, 'tabindex'] });
  mend();
  return observer;
}

export async function mount(element) {
  const { events, move, create, css, view, date, resources, hours } = element.dataset;
  await stylesheet(css);
  const narrow = matchMedia('(max-width: 767px)').matches;
  const texts = strings.calendar;
  const columns = resources ? JSON.parse(document.getElementById(resources).textContent) : [];
  const source = async ({ start, end }) => {
    const url = new URL(events, location.href);
    url.searchParams.set('start', local(start));
    url.searchParams.set('end', local(end));
    const response = await fetch(url, { credentials: 'same-origin' });
    if (!response.ok) {
      toast({ kind: 'danger', text: strings.unreachable });
      return [];
    }
    const list = await response.json();
    const closed = outside(hours, start, end).map((span) => ({ ...span, display: 'background', classNames: ['is-closed'], editable: false }));
    return closed.concat(list.map(({ arc = 'data', state = 'open', url: link, repeats, editable, ...event }) => ({
      ...event,
      startEditable: editable,
      durationEditable: editable,
      classNames: [`arc-${arc}`, `is-${state}`, ...(isShort(event) ? ['is-short'] : [])],
      extendedProps: { url: link, repeats },
    })));
  };
  const save = async ({ event, revert }) => {
    const wanted = { id: event.id, start: local(event.start), end: event.end ? local(event.end) : '', allDay: event.allDay };
    if (event.extendedProps.repeats) {
      revert();
      ask(move, wanted);
      return;
    }
    try {
      await send(move, 'POST', wanted);
    } catch (error) {
      revert();
      // The server says why.
      if (!error.events?.toast) toast({ kind: 'danger', text: strings.notMoved });
    }
  };
  let calendar;
  calendar = createCalendar(element, [TimeGrid, DayGrid, List, ResourceTimeGrid, Interaction], {
    view: narrow && !['timeGridDay', 'listWeek'].includes(view) ? 'listWeek' : (view ?? 'timeGridWeek'),
    resources: columns,
    date: date ? new Date(date) : new Date(),
    locale,
    firstDay: 1,
    height: '100%',
    slotMinTime: '07:00:00',
    slotMaxTime: '21:00:00',
    scrollTime: '08:30:00',
    nowIndicator: true,
    editable: Boolean(move),
    selectable: Boolean(create),
    headerToolbar: { start: 'prev,next today', center: 'title', end: narrow ? 'timeGridDay,listWeek' : `timeGridDay,timeGridWeek,dayGridMonth,listWeek${columns.length ? ',resourceTimeGridDay' : ''}` },
    buttonText: texts.buttons,
    noEventsContent: texts.empty,
    allDayContent: texts.allDay,
    eventSources: [{ events: source }],
    datesSet: (info) => {
      if (resources) remember(info.view.type, local(calendar?.getOption('date') ?? info.start).slice(0, 10));
    },
    eventDrop: save,
    eventResize: save,
    eventClick: ({ event, jsEvent }) => {
      if (!event.extendedProps.url) return;
      jsEvent.preventDefault();
      openPanel(event.extendedProps.url);
    },
    select: ({ start, end, allDay }) => ask(create, { start: local(start), end: local(end), allDay }),
  });
  const observer = keepAccessible(element);
  element.addEventListener('refresh', () => calendar.refetchEvents());
  return () => {
    observer.disconnect();
    destroyCalendar(calendar);
  };
}
