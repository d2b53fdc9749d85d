"""What administrators do over HTTP: elevation, access, roles, teams, the log; and what others find there."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from tests.cast import PASSWORD
from tests.samples import sample

from anello.core.accounts.models import Handover, LoginAttempt, Role, Team, User
from anello.core.actions import Denied, Invalid, NotFound, rules, run
from anello.core.events.models import Event
from anello.core.modules import get
from anello.core.policies import field_access, visible

pytestmark = pytest.mark.django_db


@pytest.fixture
def enter(cast):
    """A client signed in as somebody; `elevated` by the page of elevation."""

    def enter(name: str, *, elevated: bool = False) -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        client.force_login(getattr(cast, name))
        if elevated:
            assert client.post("/elevate/", {"password": PASSWORD}).status_code == 302
        return client

    return enter


PAGES = ["/administration/", "/audit/", "/teams/tree/", "/elevate/", "/users/{carla}/access/", "/roles/{sales}/matrix/"]


def address(cast, page: str) -> str:
    return page.format(carla=cast.carla.pk, sales=Role.objects.get(key="sales").pk)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["bruno", "carla", "ivo", "marta"])
def test_administration_does_not_exist_for_others(cast, enter, page, name):
    assert enter(name).get(address(cast, page)).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_elevated_administrators_open_every_page(cast, enter, page):
    assert enter("anna", elevated=True).get(address(cast, page)).status_code == 200


@pytest.mark.parametrize("page", ["/audit/", "/users/{carla}/access/", "/roles/{sales}/matrix/", "/users/new/"])
def test_administrators_are_asked_to_elevate_and_come_back(cast, enter, page):
    client, url = enter("anna"), address(cast, page)
    asked = client.get(url)
    assert asked["Location"].startswith("/elevate/?next=")
    done = client.post(asked["Location"], {"password": PASSWORD})
    assert client.get(asked["Location"]).status_code == 200
    assert done.status_code == 302
    assert client.get(url).status_code == 200


def test_a_part_that_needs_elevation_asks_for_it_as_an_error(cast, enter):
    response = enter("anna").post(
        f"/users/{cast.carla.pk}/access/",
        {"do": "set_roles"},
        HTTP_HX_REQUEST="true",
        HTTP_HX_CURRENT_URL="http://testserver/users/",
    )
    assert (response.status_code, response["HX-Redirect"]) == (401, "/elevate/?next=%2Fusers%2F")
    assert cast.carla.roles.exists()


def test_elevation_needs_the_password_and_its_guesses_are_limited(cast, enter):
    client = enter("anna")
    for _ in range(5):
        assert client.post("/elevate/", {"password": "wrong"}).status_code == 422
    assert client.post("/elevate/", {"password": PASSWORD}).status_code == 422
    assert "elevated_until" not in client.session


def test_elevation_ends_by_time_and_by_hand_and_is_told(cast, enter):
    client = enter("anna", elevated=True)
    assert 0 < client.session["elevated_until"] - time.time() <= 900
    session = client.session
    session["elevated_until"] = time.time() - 1
    session.save()
    assert client.get("/audit/").status_code == 302
    client.post("/elevate/", {"password": PASSWORD})
    client.post("/elevate/end/")
    assert client.get("/audit/").status_code == 302
    kinds = list(Event.objects.filter(kind__startswith="user.elev").order_by("id").values_list("kind", "elevated"))
    assert kinds == [("user.elevated", True)] * 2 + [("user.elevation_ended", True)]


def test_without_elevation_an_administrator_changes_nobody(cast):
    with pytest.raises((Denied, NotFound)):
        run("user.set_roles", {"roles": []}, cast.ctx("anna"), target=cast.carla)


def test_roles_are_assigned_and_the_event_says_what_changed(cast, enter):
    client = enter("anna", elevated=True)
    client.post(f"/users/{cast.carla.pk}/access/", {"do": "set_roles", "roles": ["sales", "analyst"]})
    assert set(cast.carla.roles.values_list("key", flat=True)) == {"sales", "analyst"}
    event = Event.objects.get(kind="user.set_roles")
    assert event.changes == {"roles": [["sales"], ["analyst", "sales"]]}
    assert (event.elevated, event.actor_id) == (True, cast.anna.pk)


def test_the_last_administrator_stays(cast, enter):
    ctx = cast.ctx("anna", elevated=True)
    with pytest.raises(Invalid):
        run("user.set_roles", {"roles": ["sales"]}, ctx, target=cast.anna)
    with pytest.raises(Invalid):
        run("role.update", {"administrator": False}, ctx, target=Role.objects.get(key="administrator"))
    run("user.set_roles", {"roles": ["administrator"]}, ctx, target=cast.bruno)
    run("user.deactivate", {}, cast.ctx("bruno", elevated=True), target=cast.anna)
    assert not User.objects.get(pk=cast.anna.pk).is_active
    with pytest.raises(Invalid):
        run("user.deactivate", {}, cast.ctx("bruno", elevated=True), target=cast.bruno)


def test_whoever_is_deactivated_is_out_at_once(cast, enter):
    carla = enter("carla")
    run("token.issue", {"name": "x"}, cast.ctx("carla"))
    assert carla.get("/profile/").status_code == 200
    enter("anna", elevated=True).post(f"/users/{cast.carla.pk}/access/", {"do": "deactivate"})
    assert carla.get("/profile/")["Location"].startswith("/accounts/login/")
    assert not cast.carla.api_tokens.exists()


@pytest.mark.django_db(transaction=True)
def test_the_successor_gets_the_records_of_who_leaves(cast, enter):
    from tests.jobs import run_jobs

    mine = [sample(get("person"), owner=cast.carla) for _ in range(3)]
    others = sample(get("person"), owner=cast.bruno)
    enter("anna", elevated=True).post(
        f"/users/{cast.carla.pk}/access/", {"do": "deactivate", "successor": cast.dario.pk}
    )
    run_jobs()
    owners = {type(record).objects.get(pk=record.pk).owner for record in mine}
    assert owners == {cast.dario}
    assert type(others).objects.get(pk=others.pk).owner == cast.bruno
    task = Handover.objects.get()
    assert (task.total, task.moved, task.finished_at is None) == (3, 3, False)
    assert Event.objects.filter(kind="person.updated", actor=cast.anna, via="job").count() == 3


@pytest.mark.django_db(transaction=True)
def test_what_a_rule_refuses_stays_and_is_named_and_the_rest_goes_on(cast, enter, monkeypatch):
    from tests.jobs import run_jobs

    monkeypatch.setattr(rules, "_rules", {key: list(value) for key, value in rules._rules.items()})

    @rules.rule("person")
    def keeps_rossi(ctx, changes):
        if any(change.record.last_name == "Rossi" for change in changes):
            raise Invalid("Rossi stays")

    Person = get("person").model
    mine = [sample(get("person"), owner=cast.carla, last_name=name) for name in ("Bianchi", "Verdi", "Neri")]
    rossi = Person.objects.get(pk=mine[1].pk)
    Person.objects.filter(pk=rossi.pk).update(last_name="Rossi", title="Rossi")
    run("user.hand_over", {"successor": cast.dario.pk}, cast.ctx("anna", elevated=True), target=cast.carla)
    run_jobs()
    assert set(Person.objects.filter(owner=cast.dario)) == {mine[0], mine[2]}
    task = Handover.objects.get()
    assert (task.moved, task.refusals, task.finished_at is None) == (2, 1, False)
    page = enter("anna", elevated=True).get(f"/users/{cast.carla.pk}/access/").content.decode()
    assert f'<a href="/people/{rossi.pk}/">Rossi</a>' in page
    assert "Rossi stays" in page


def test_records_go_to_active_colleagues_only(cast):
    with pytest.raises(Invalid):
        run("user.hand_over", {"successor": cast.carla.pk}, cast.ctx("anna", elevated=True), target=cast.carla)


def test_the_locked_are_seen_and_unlocked(cast, enter):
    stranger = Client()
    for _ in range(5):
        stranger.post("/accounts/login/", {"login": "carla", "password": "wrong"})
    anna = enter("anna", elevated=True)
    assert [door["user"] for door in anna.get("/administration/").context["locked"]] == [cast.carla]
    anna.post(f"/users/{cast.carla.pk}/access/", {"do": "unlock"})
    stranger.post("/accounts/login/", {"login": "carla", "password": PASSWORD})
    assert "_auth_user_id" in stranger.session


def test_a_locked_address_is_unlocked(cast, enter):
    for n in range(30):
        LoginAttempt.objects.create(account=f"unknown:{n}", address="192.0.2.1")
    anna = enter("anna", elevated=True)
    assert [door["address"] for door in anna.get("/administration/").context["locked"]] == ["192.0.2.1"]
    anna.post("/administration/unlock/", {"address": "192.0.2.1"})
    assert anna.get("/administration/").context["locked"] == []


def save_matrix(client: Client, role: Role, **fields: str):
    role.refresh_from_db()
    data = {"version": role.version, **{f"areas:{area}": level for area, level in role.areas.items()}, **fields}
    return client.post(f"/roles/{role.pk}/matrix/", data)


def people_of_the_api(cast, name: str) -> bytes:
    token = run("token.issue", {"name": "test"}, cast.ctx(name))
    return Client().get("/api/v1/people", HTTP_AUTHORIZATION=f"Bearer {token}").content


def exported(cast, name: str) -> set[str]:
    people = get("person").model._default_manager
    return set(people.filter(visible(cast.actor(name), "person", "export")).values_list("last_name", flat=True))


def test_what_the_matrix_says_holds_on_screen_in_the_api_and_in_exports(cast, enter):
    sample(get("person"), owner=cast.dario, last_name="Zanetti")
    anna, role = enter("anna", elevated=True), Role.objects.get(key="sales")
    assert b"Zanetti" not in enter("carla").get("/people/").content
    assert b"Zanetti" not in people_of_the_api(cast, "carla")
    assert exported(cast, "carla") == set()
    assert save_matrix(anna, role, **{"grants:person:view": "all", "grants:person:export": "all"}).status_code == 302
    assert b"Zanetti" in enter("carla").get("/people/").content
    assert b"Zanetti" in people_of_the_api(cast, "carla")
    assert exported(cast, "carla") == {"Zanetti"}
    save_matrix(anna, role, **{"grants:person:view": "none"})
    assert enter("carla").get("/people/").status_code == 404
    assert b"Zanetti" not in people_of_the_api(cast, "carla")


def test_field_rules_hide_and_protect(cast, enter):
    person = sample(get("person"), owner=cast.carla, tax_code="RSSMRA80A01H501U")
    anna, role = enter("anna", elevated=True), Role.objects.get(key="sales")
    save_matrix(anna, role, **{"fields:person:tax_code": "hidden", "fields:person:first_name": "read"})
    assert b"RSSMRA80A01H501U" not in enter("carla").get(f"/people/{person.pk}/").content
    with pytest.raises(Invalid) as refused:
        run("person.update", {"tax_code": None, "first_name": "X"}, cast.ctx("carla"), target=person)
    assert set(refused.value.errors) == {"tax_code", "first_name"}


def test_the_difference_of_a_role_is_told(cast, enter):
    role = Role.objects.get(key="sales")
    save_matrix(enter("anna", elevated=True), role, **{"grants:person:edit": "team"})
    assert Event.objects.get(kind="role.set_access").changes == {"grants.person.edit": [None, "team"]}


def test_the_second_of_two_who_edit_a_role_is_told(cast, enter):
    anna, role = enter("anna", elevated=True), Role.objects.get(key="sales")
    seen = role.version
    save_matrix(anna, role, **{"grants:person:edit": "team"})
    late = anna.post(f"/roles/{role.pk}/matrix/", {"version": seen, "grants:person:edit": "all"})
    assert late.status_code == 409
    role.refresh_from_db()
    assert role.grants == {"person": {"edit": "team"}}


@pytest.mark.parametrize(
    "access",
    [
        {"grants": {"unicorn": {"view": "all"}}},
        {"grants": {"person": {"fly": "all"}}},
        {"grants": {"person": {"view": "everything"}}},
        {"grants": {"user": {"view": "own"}}},
        {"fields": {"person": {"horn": "read"}}},
        {"fields": {"person": {"email": "glimpse"}}},
        {"areas": {"moon": "user"}},
        {"areas": {"sales": "king"}},
    ],
)
def test_access_to_what_does_not_exist_is_refused(cast, access):
    role = Role.objects.get(key="sales")
    with pytest.raises(Invalid):
        run("role.set_access", access, cast.ctx("anna", elevated=True), target=role)
    assert Role.objects.get(key="sales").version == role.version


def test_teams_move_with_all_below_them_but_never_below_themselves(cast, enter):
    client = enter("anna", elevated=True)
    team = {t.name: t for t in Team.objects.all()}
    client.post(f"/teams/{team['Vendite'].pk}/move/", {"parent": team["Analisi"].pk})
    assert f"/{team['Analisi'].pk}/{team['Vendite'].pk}/" in Team.objects.get(name="Vendite Nord").path
    refused = client.post(f"/teams/{team['Vendite'].pk}/move/", {"parent": team["Vendite Sud"].pk})
    assert refused.status_code == 422
    assert Team.objects.get(name="Vendite").parent == team["Analisi"]
    client.post("/teams/tree/new/", {"name": "Vendite Estero", "parent": team["Vendite"].pk})
    assert b"Vendite Estero" in client.get("/teams/tree/").content


def test_the_log_is_filtered_and_paged_without_gaps(cast, enter):
    client = enter("anna", elevated=True)
    for n in range(60):
        run("token.issue", {"name": f"t{n}"}, cast.ctx("carla"))
    seen: list[int] = []
    url = f"/audit/?person={cast.carla.pk}&kind=token"
    while url:
        page = client.get(url)
        seen += [row["event"].pk for row in page.context["events"]]
        url = f"/audit/{page.context['older']}" if page.context["older"] else ""
    assert len(seen) == len(set(seen)) == 60
    assert seen == sorted(seen, reverse=True)
    only = client.get("/audit/?elevated=true").context["events"]
    assert {row["event"].kind for row in only} == {"user.elevated"}


@pytest.mark.parametrize("query", ["start=2026-99-99", "person=x", "before=now_1", "before=2026-01-01T00:00:00Z_x"])
def test_a_filter_of_the_log_that_makes_no_sense_is_said(cast, enter, query):
    assert enter("anna", elevated=True).get(f"/audit/?{query}").status_code == 422


@pytest.mark.parametrize("slug", ["users", "teams", "roles"])
def test_the_derived_screens_serve_accounts_too(cast, enter, slug):
    client = enter("anna", elevated=True)
    first = get(slug[:-1]).model._default_manager.first()
    for url in (f"/{slug}/", f"/{slug}/{first.pk}/", f"/{slug}/new/", f"/{slug}/{first.pk}/edit/"):
        assert client.get(url).status_code == 200, url


def test_user_names_cannot_be_addresses(cast):
    with pytest.raises(Invalid):
        run("user.create", {"username": "carla@anello.example", "email": "x@anello.example"})
    with pytest.raises(Invalid):
        run("user.create", {"username": "CARLA", "email": "x@anello.example"})


def test_a_role_that_gives_nothing_on_a_module_reveals_none_of_its_fields(cast):
    sees = Role.objects.create(key="sees", areas={"sales": "user"}, fields={"lead": {"email": "hidden"}})
    nothing = Role.objects.create(key="nothing", grants={"lead": {"view": "none"}})
    cast.marta.roles.set([sees, nothing])
    assert field_access(cast.actor("marta"), get("lead"))["email"] == "hidden"
