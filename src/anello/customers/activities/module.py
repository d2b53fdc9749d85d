"""Activities and their attendees as Modules."""

from __future__ import annotations

from anello.core.modules import (
    Access,
    Board,
    Boolean,
    Calendar,
    Choice,
    Date,
    DateTime,
    Detail,
    Email,
    Fact,
    Integer,
    L,
    Link,
    Listing,
    LongText,
    Module,
    Option,
    Preset,
    Ref,
    Scope,
    Section,
    Text,
    Timeline,
    register,
)
from anello.customers.activities.models import Activity, Attendee

CALL, MEETING, TASK = "call", "meeting", "task"

KINDS = [
    Option(CALL, L("Telefonata", "Call"), "blue"),
    Option(MEETING, L("Appuntamento", "Meeting"), "violet"),
    Option(TASK, L("Compito", "Task"), "amber"),
]
STATUSES = [
    Option("planned", L("In programma", "Planned"), "blue"),
    Option("open", L("Da fare", "To do"), "amber"),
    Option("held", L("Svolto", "Held"), "green"),
    Option("done", L("Fatto", "Done"), "green"),
    Option("not_held", L("Non svolto", "Not held"), "red"),
    Option("cancelled", L("Annullato", "Cancelled"), "gray"),
]
PRIORITIES = [
    Option("low", L("Bassa", "Low"), "gray"),
    Option("normal", L("Normale", "Normal"), "blue"),
    Option("high", L("Alta", "High"), "red"),
]
DIRECTIONS = [
    Option("inbound", L("In arrivo", "Inbound"), "teal"),
    Option("outbound", L("In uscita", "Outbound"), "blue"),
]
OUTCOMES = [
    Option("interested", L("Interessato", "Interested"), "green"),
    Option("reached", L("Parlato", "Reached"), "blue"),
    Option("call_back", L("Richiamare", "Call back"), "amber"),
    Option("no_answer", L("Non risponde", "No answer"), "gray"),
    Option("voicemail", L("Segreteria", "Voicemail"), "gray"),
    Option("busy", L("Occupato", "Busy"), "gray"),
    Option("not_interested", L("Non interessato", "Not interested"), "red"),
    Option("wrong_number", L("Numero sbagliato", "Wrong number"), "red"),
]
RESPONSES = [
    Option("needs_action", L("In attesa", "No answer yet"), "gray"),
    Option("accepted", L("Partecipa", "Accepted"), "green"),
    Option("tentative", L("Forse", "Maybe"), "amber"),
    Option("declined", L("Non partecipa", "Declined"), "red"),
]
ACTIVE = ("planned", "open")
"""What is still to happen."""
ACHIEVED = ("held", "done")
DURATION_MAX = 31 * 24 * 60
"""The longest activity, in minutes: it bounds how far back a window has to look."""
REMINDER_MAX = 28 * 24 * 60

_MINE = {"field": "owner", "op": "in", "value": ["me"]}
_ACTIVE = {"field": "status", "op": "in", "value": list(ACTIVE)}
PRESETS = [
    Preset(
        "tasks",
        L("I miei compiti", "My open tasks"),
        {"all": [{"field": "kind", "op": "in", "value": ["task"]}, _ACTIVE, _MINE]},
        sort="due_on",
    ),
    Preset(
        "today",
        L("Oggi", "Today"),
        {
            "all": [
                _MINE,
                {"any": [{"field": name, "op": "period", "value": "today"} for name in ("start_at", "due_on")]},
            ]
        },
        sort="start_at",
    ),
    Preset(
        "overdue",
        L("In ritardo", "Overdue"),
        {
            "all": [
                _MINE,
                _ACTIVE,
                {"any": [{"field": name, "op": "period", "value": "past"} for name in ("start_at", "due_on")]},
                {"field": "recurrence", "op": "empty"},
            ]
        },
        sort="start_at",
    ),
    Preset(
        "calls",
        L("Le mie telefonate", "My calls"),
        {"all": [{"field": "kind", "op": "in", "value": ["call"]}, _ACTIVE, _MINE]},
        sort="start_at",
    ),
    Preset(
        "meetings",
        L("I miei appuntamenti", "My meetings"),
        {"all": [{"field": "kind", "op": "in", "value": ["meeting"]}, _ACTIVE, _MINE]},
        sort="start_at",
    ),
]

ACTIVITY = register(
    Module(
        "activity",
        Activity,
        names=L("Attività", "Activity"),
        plural=L("Attività", "Activities"),
        icon="calendar-event",
        area="activities",
        title=lambda a: a.subject,
        fields=[
            Choice("kind", L("Tipo", "Kind"), options=KINDS),
            Text("subject", L("Oggetto", "Subject")),
            Choice(
                "status",
                L("Stato", "Status"),
                options=STATUSES,
                help=L(
                    "Telefonate e appuntamenti: in programma, svolti, non svolti o annullati. Compiti: da fare, "
                    "fatti o annullati.",
                    "Calls and meetings: planned, held, not held or cancelled. Tasks: to do, done or cancelled.",
                ),
            ),
            Choice("priority", L("Priorità", "Priority"), options=PRIORITIES),
            DateTime("start_at", L("Inizio", "Start")),
            DateTime("end_at", L("Fine", "End")),
            Integer(
                "duration",
                L("Durata (minuti)", "Duration (minutes)"),
                minimum=0,
                maximum=DURATION_MAX,
                help=L(
                    "Segue dall'ora di fine; da sola, la stabilisce.", "Follows from the end; given alone, it sets it."
                ),
            ),
            Boolean("all_day", L("Tutto il giorno", "All day")),
            Date("due_on", L("Scadenza", "Due")),
            Choice("direction", L("Direzione", "Direction"), options=DIRECTIONS),
            Choice("outcome", L("Esito", "Outcome"), options=OUTCOMES),
            Text("location", L("Luogo", "Place")),
            LongText("description", L("Descrizione", "Description")),
            Link("person", L("Persona", "Person"), to="person"),
            Link("organisation", L("Organizzazione", "Organisation"), to="organisation"),
            Ref("about", L("Riguarda", "About")),
            Boolean(
                "free",
                L("Mostrami libero", "Show me as free"),
                help=L("Non ti segna occupato.", "Does not mark you as busy."),
            ),
            Integer(
                "reminder",
                L("Promemoria (minuti prima)", "Reminder (minutes before)"),
                minimum=0,
                maximum=REMINDER_MAX,
            ),
            Text(
                "recurrence",
                L("Ripetizione", "Repeats"),
                help=L(
                    "Una regola RFC 5545, per esempio FREQ=WEEKLY;BYDAY=MO.",
                    "An RFC 5545 rule, for example FREQ=WEEKLY;BYDAY=MO.",
                ),
            ),
            DateTime("repeats_until", L("Ultima ripetizione", "Last repetition"), readonly=True, listed=False),
            Link("series", L("Serie", "Series"), to="activity", readonly=True, listed=False),
            DateTime("recurrence_id", L("Posto nella serie", "Place in the series"), readonly=True, listed=False),
            Text("time_zone", L("Fuso orario", "Time zone"), readonly=True, listed=False),
            DateTime("done_at", L("Conclusa il", "Done at"), readonly=True),
            Text("uid", L("Codice per i calendari", "Calendar id"), readonly=True, listed=False),
            Integer("sequence", L("Revisione per i calendari", "Calendar revision"), readonly=True, listed=False),
        ],
        search=["location", "description"],
        views=[
            Listing(
                columns=["title", "kind", "status", "start_at", "due_on", "person", "organisation", "owner"],
                sort="-start_at",
            ),
            Board(by="status", card=["kind", "start_at", "person", "owner"]),
            Calendar(start="start_at", end="end_at"),
            Detail(
                sections=[
                    Section(L("Quando", "When"), ["start_at", "end_at", "duration", "all_day", "due_on", "location"]),
                    Section(L("Con chi", "With whom"), ["person", "organisation", "about", "owner"]),
                    Section(L("Com'è andata", "How it went"), ["status", "direction", "outcome", "done_at"]),
                    Section(L("Ripetizione", "Repetition"), ["recurrence", "reminder", "free"]),
                    Section(L("Descrizione", "Description"), ["kind", "subject", "priority", "description"]),
                ],
                figures=["kind", "status", "priority"],
            ),
        ],
        access=Access(view=Scope.TEAM, create=Scope.OWN, edit=Scope.TEAM, delete=Scope.OWN),
        # Without their series, the occurrences that left it would stay behind alone.
        along=["series"],
        timeline=Timeline(person="person", organisation="organisation", kinds=("completed", "reopened")),
        facts=[
            Fact(
                "done",
                L("Attività svolte", "Activities done"),
                at="done_at",
                measures=["duration"],
                dims=["kind", "owner", "team", "outcome", "direction"],
                customer=["organisation", "person"],
            ),
            Fact(
                "planned",
                L("Attività in programma", "Activities planned"),
                at="start_at",
                measures=["duration"],
                dims=["kind", "status", "owner", "team"],
                customer=["organisation", "person"],
            ),
        ],
        presets=PRESETS,
        quick=["kind", "subject", "start_at", "duration", "due_on", "person", "organisation"],
    )
)

ATTENDEE = register(
    Module(
        "attendee",
        Attendee,
        names=L("Invitato", "Attendee"),
        plural=L("Invitati", "Attendees"),
        icon="user-check",
        area="activities",
        title=lambda a: a.name or a.email,
        fields=[
            Link("activity", L("Attività", "Activity"), to="activity"),
            Link("user", L("Collega", "Colleague"), to="user"),
            Link("person", L("Persona", "Person"), to="person"),
            Email("email", L("E-mail", "E-mail")),
            Text("name", L("Nome", "Name")),
            Choice("response", L("Risposta", "Response"), options=RESPONSES),
            DateTime("responded_at", L("Risposta del", "Answered at"), readonly=True),
            Boolean(
                "notify",
                L("Invita per e-mail", "Invite by e-mail"),
                help=L("Riceve l'invito, gli spostamenti e l'annullamento.", "Gets invitation, changes, cancellation."),
            ),
        ],
        search=["email", "name"],
        views=[Listing(columns=["title", "response", "email", "activity"], sort="title")],
        parents=["activity"],
        listed=False,
        quick=["user", "person", "email"],
    )
)
