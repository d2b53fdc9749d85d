// A calendar: `.calendar[data-events="/…/?start=…"]`. Events are JSON: {id, title, start, end, allDay, arc, url, editable}.
// Dragging POSTs {id, start, end, allDay} to data-move; a refusal puts the event back. Clicking opens `url` in the panel;
// choosing an empty slot opens data-create?start=…&end=… in the dialog.
import { createCalendar, DayGrid, Interaction, List, TimeGrid } from '@event-calendar/core';
import { locale, send, strings } from '../dom.js';
import { openPanel } from '../overlays.js';
import { toast } from '../toasts.js';

const TABLE_ATTRIBUTES = ['role', 'aria-colindex', 'aria-rowindex', 'aria-colspan', 'aria-rowspan'];
const local = (date) => new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);

function stylesheet(href) {
  if (document.querySelector(`link[href="${href}"]`)) return undefined;
  const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
  return new Promise((resolve, reject) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', reject);
    document.head.append(link);
  });
}

export async function mount(element) {
  const { events, move, create, css, view, date } = element.dataset;
  await stylesheet(css);
  const narrow = matchMedia('(max-width: 767px)').matches;
  const texts = strings.calendar;
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
    return list.map(({ arc = 'data', url: link, ...event }) => ({ ...event, classNames: [`arc-${arc}`], extendedProps: { url: link } }));
  };
  const save = async ({ event, revert }) => {
    try {
      await send(move, 'POST', { id: event.id, start: local(event.start), end: event.end ? local(event.end) : '', allDay: event.allDay });
    } catch {
      revert();
      toast({ kind: 'danger', text: strings.notMoved });
    }
  };
  // The library calls itself a table but holds buttons and toolbars where only cells may stand: a plain group is honest.
  const group = () =>
    requestAnimationFrame(() => {
      for (const part of element.querySelectorAll('.ec [role]:not([role=button]), .ec [aria-colindex], .ec [aria-rowindex]')) {
        for (const attribute of TABLE_ATTRIBUTES) part.removeAttribute(attribute);
      }
      element.querySelector('.ec')?.setAttribute('role', 'group');
      element.querySelector('.ec')?.setAttribute('aria-label', texts.label);
    });
  const calendar = createCalendar(element, [TimeGrid, DayGrid, List, Interaction], {
    view: narrow ? 'listWeek' : (view ?? 'timeGridWeek'),
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
    headerToolbar: { start: 'prev,next today', center: 'title', end: narrow ? 'timeGridDay,listWeek' : 'timeGridDay,timeGridWeek,dayGridMonth,listWeek' },
    buttonText: texts.buttons,
    noEventsContent: texts.empty,
    allDayContent: texts.allDay,
    eventSources: [{ events: source }],
    viewDidMount: group,
    datesSet: group,
    eventAllUpdated: group,
    eventDrop: save,
    eventResize: save,
    eventClick: ({ event, jsEvent }) => {
      if (!event.extendedProps.url) return;
      jsEvent.preventDefault();
      openPanel(event.extendedProps.url);
    },
    select: ({ start, end, allDay }) => {
      const url = new URL(create, location.href);
      for (const [name, value] of Object.entries({ start: local(start), end: local(end), allDay })) url.searchParams.set(name, value);
      window.htmx.ajax('GET', url.pathname + url.search, { target: '#dialog' });
    },
  });
  element.addEventListener('refresh', () => calendar.refetchEvents());
}
