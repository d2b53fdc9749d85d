"""What may be done to a customer: registered once, done once per decision, its events carrying the decision."""

import datetime as dt
import uuid

import pytest
from django.test import RequestFactory
from django.utils import timezone
from pydantic import Field

from anello.core.actions import Context, Invalid, NotFound, asked, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.ui.records import typed
from anello.customers import treatments
from anello.customers.personalisation import parse, values
from anello.customers.treatments import Decision, Parameters, apply, refused, treatment
from anello.kit.errors import BadValue
from anello.kit.periods import is_working_day
from anello.kit.text import L

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
CALL = {"subject": "Chiamare {{ customer.title }}"}


@pytest.fixture
def person(cast):
    values = {"first_name": "Ugo", "last_name": "Rossi", "email": "ugo@rossi.example", "mobile": "3331234567"}
    return run("person.create", values, cast.ctx("carla"))


def agree(cast, person, purpose, status="given"):
    values = {"person": person.pk, "purpose": purpose, "status": status, "source": "form"}
    run("consent.create", values, cast.ctx("carla"))


@pytest.fixture
def postcard():
    class Postcard(Parameters):
        motif: str = Field(json_schema_extra=asked("Soggetto", "Motif"))

    @treatment("postcard", L("Cartolina", "Postcard"), action="interaction.create", parameters=Postcard, purpose="post")
    def prepare(customer, parameters, decision):
        return {"channel": "note", "subject": f"Cartolina: {parameters.motif}", **treatments.link_to(customer)}

    yield treatments.get_treatment("postcard")
    del treatments._treatments["postcard"]


def test_what_an_area_registers_is_offered_checked_and_done(cast, person, postcard, rf: RequestFactory):
    assert postcard in treatments.all()
    request = rf.get("/")
    request.actor = cast.actor("carla")
    assert "Soggetto" in typed.widgets(request, postcard.parameters)[0]
    with pytest.raises(Invalid) as wrong:
        apply("postcard", "person", person.pk, {}, Decision(1, NOW))
    assert "motif" in wrong.value.errors
    assert refused("postcard", "person", [person.pk], {"motif": "mare"}) == {person.pk: treatments.NO_CONSENT}
    agree(cast, person, "post")
    made = apply("postcard", "person", person.pk, {"motif": "mare"}, Decision(1, NOW))
    assert made.subject == "Cartolina: mare"


def test_every_event_of_a_treatment_names_the_decision(person):
    batch = uuid.uuid4()
    apply("task", "person", person.pk, CALL, Decision(41, NOW), Context(via="job", batch=batch))
    events = Event.objects.filter(batch=batch)
    assert {e.kind for e in events} == {"activity.created", "treatment.apply"}
    assert {e.data["decision_id"] for e in events} == {41}


def test_a_decision_is_carried_out_once(cast, person):
    decision = Decision(7, NOW)
    first = apply("task", "person", person.pk, CALL, decision)
    run("person.update", {"first_name": "Ugone"}, cast.ctx("carla"), target=person.pk)
    again = apply("task", "person", person.pk, CALL, decision)
    assert again.pk == first.pk
    assert get("activity").model.objects.count() == 1


def test_nothing_remains_of_a_treatment_that_cannot_be_done(cast, person):
    # The task needs somebody responsible, which is found out after the call was permitted.
    get("person").model.objects.filter(pk=person.pk).update(owner=None, team=None)
    before = Event.objects.count()
    with pytest.raises(Invalid):
        apply("task", "person", person.pk, CALL, Decision(8, NOW))
    assert Event.objects.count() == before
    get("person").model.objects.filter(pk=person.pk).update(owner=cast.carla)
    assert apply("task", "person", person.pk, CALL, Decision(8, NOW)).owner_id == cast.carla.pk


def test_people_cannot_pass_for_decisions(cast, person):
    data = {"treatment": "task", "module": "person", "customer": person.pk, "parameters": CALL, "decision": 9}
    for name in ("anna", "carla", "marta"):
        with pytest.raises(NotFound):
            run("treatment.apply", {**data, "at": timezone.now()}, cast.ctx(name))


def test_a_task_is_its_owners_and_says_why(cast, person):
    made = apply("task", "person", person.pk, {**CALL, "days": 1}, Decision(1, NOW, "Non compra da 90 giorni."))
    assert (made.owner_id, made.subject, made.due_on) == (cast.carla.pk, "Chiamare Ugo Rossi", dt.date(2026, 11, 23))
    assert "Non compra da 90 giorni." in made.description


def test_who_has_no_owner_goes_round_the_team(cast, person):
    model = get("person").model
    rows = [{"last_name": f"N{n}"} for n in range(4)]
    people = run("person.create", rows, cast.ctx("carla"))
    model.objects.filter(pk__in=[p.pk for p in people]).update(owner=None, team=cast.bruno.team)
    owners = [apply("task", "person", p.pk, CALL, Decision(n, NOW)).owner_id for n, p in enumerate(people)]
    assert set(owners) == {cast.bruno.pk, cast.carla.pk, cast.dario.pk}
    model.objects.filter(pk=people[0].pk).update(team=None)
    with pytest.raises(Invalid) as wrong:
        apply("task", "person", people[0].pk, CALL, Decision(99, NOW))
    assert "team" in wrong.value.errors


def test_a_call_needs_a_number_and_consent_and_takes_no_time(cast, person):
    mute = run("person.create", {"last_name": "Muto"}, cast.ctx("carla"))
    reasons = refused("call", "person", [person.pk, mute.pk], CALL)
    assert set(reasons) == {person.pk, mute.pk}
    agree(cast, person, "phone")
    agree(cast, mute, "phone")
    assert set(refused("call", "person", [person.pk, mute.pk], CALL)) == {mute.pk}
    made = apply("call", "person", person.pk, CALL, Decision(3, NOW))
    assert (made.kind, made.all_day, made.free, made.direction) == ("call", True, True, "outbound")
    assert is_working_day(timezone.localdate(made.start_at))
    agree(cast, person, "phone", "withdrawn")
    with pytest.raises(Invalid):
        apply("call", "person", person.pk, CALL, Decision(4, NOW))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ person.first_name }}", "fallback"),
        ("{{ person.password|x }}", "unknown"),
        ("{{ person.__class__|x }}", "unknown"),
        ("{{ customer.title", "braces"),
        ("{{ {{ customer.title }} }}", "braces"),
    ],
)
def test_a_text_that_makes_no_sense_is_refused(text, why):
    with pytest.raises(BadValue) as wrong:
        parse(text)
    assert wrong.value.key in (why, "unknown")


def test_a_text_speaks_to_its_customer(person):
    pattern = parse(
        "{{customer.title}}, {{ person.first_name|cliente }} di {{ person.city|qui & lì }} <{{ owner.email|}}>"
    )
    assert pattern.fill(values(person)) == "Ugo Rossi, Ugo di qui & lì <carla@anello.example>"
    person.first_name = "{{ owner.email|x }}"
    assert pattern.fill(values(person)).startswith("Ugo Rossi, {{ owner.email|x }} di")


def test_the_load_of_each_treatment_counts_what_waits(person, cast):
    apply("task", "person", person.pk, CALL, Decision(1, NOW))
    loads = {t.name: t.load([cast.carla.pk]) for t in treatments.all() if t.load}
    assert loads["task"] == loads["call"] == {cast.carla.pk: 1}
    assert loads["call"].get(cast.dario.pk) is None
