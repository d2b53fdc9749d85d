"""The REST API as its callers see it."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace

import pytest
from allauth.idp.oidc.models import Client as OAuthClient
from django.test import Client

from anello.core.accounts.models import User
from anello.core.actions import run
from anello.core.modules import get

pytestmark = pytest.mark.django_db


class Caller:
    """A program with somebody's personal token."""

    def __init__(self, cast, name: str) -> None:
        self.headers = {"Authorization": f"Bearer {run('token.issue', {}, cast.ctx(name))}", "Accept-Language": "en"}
        self.client = Client(raise_request_exception=False)

    def __call__(self, method: str, path: str, data=None, **headers):
        body = {} if data is None else {"data": json.dumps(data), "content_type": "application/json"}
        names = {k.replace("_", "-"): v for k, v in headers.items()}
        answer = self.client.generic(method, f"/api/v1{path}", headers={**self.headers, **names}, **body)
        content = json.loads(answer.content) if "json" in answer.headers.get("Content-Type", "") else answer.content
        return SimpleNamespace(status=answer.status_code, data=content, headers=answer.headers)


@pytest.fixture
def carla(cast):
    return Caller(cast, "carla")


def test_create_read_change_delete_restore(carla):
    made = carla("POST", "/people", {"last_name": "Rossi", "email": "a@example.com"})
    assert made.status == 201
    path = f"/people/{made.data['id']}"
    assert made.headers["Location"] == "/api/v1" + path
    assert carla("GET", path).data["email"] == "a@example.com"
    changed = carla("PATCH", path, {"city": "Roma"}, If_Match='"1"')
    assert (changed.status, changed.data["version"], changed.headers["ETag"]) == (200, 2, '"2"')
    assert carla("DELETE", path).status == 204
    assert carla("GET", path).status == 404
    assert carla("POST", path + "/restore").status == 200
    assert [e["kind"] for e in carla("GET", path + "/events").data["data"]][-1] == "person.created"


def test_errors_are_problems_in_the_reader_s_words(carla):
    answer = carla("POST", "/people", {"email": "no", "colour": 1})
    assert answer.status == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.data["errors"] == {
        "last_name": ["A value is needed."],
        "email": ["Not a valid e-mail address."],
        "colour": ["Unknown field."],
    }
    italian = carla("POST", "/people", {}, Accept_Language="it")
    assert italian.data["errors"]["last_name"] == ["Serve un valore."]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/people/999999", 404), ("GET", "/people/x", 404), ("GET", f"/people/{2**70}", 404), ("GET", "/nothing", 404),
     ("GET", "/people?limit=0", 422), ("GET", "/people?filter=x", 422), ("GET", "/people?sort=x", 422),
     ("GET", "/people?after=x", 422), ("GET", "/people?colour=1", 422), ("GET", "/people?fields=x", 422)],
)  # fmt: skip
def test_wrong_questions(carla, method, path, status):
    assert carla(method, path).status == status


def test_unreadable_bodies(carla):
    for raw, kind, status in (
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 422),
        (b"a=1", "text/plain", 415),
    ):
        answer = carla.client.post("/api/v1/people", raw, content_type=kind, headers=carla.headers)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_without_a_valid_token_nothing(cast, carla):
    for authorization in ("", "Bearer", "Bearer anello_wrong", "Basic eDp5"):
        answer = Client().get("/api/v1/people", headers={"Authorization": authorization})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    User.objects.filter(pk=cast.carla.pk).update(is_active=False)
    assert carla("GET", "/people").status == 401


def test_foreign_records_do_not_exist(cast, carla):
    foreign = run("person.create", {"last_name": "Verdi"}, cast.ctx("dario"))
    for method in ("GET", "PATCH", "DELETE"):
        assert carla(method, f"/people/{foreign.pk}", {} if method == "PATCH" else None).status == 404
    assert carla("GET", "/people").data["data"] == []
    marta = Caller(cast, "marta")
    assert marta("GET", "/people").status == 404
    assert marta("POST", "/people", {"last_name": "x"}).status == 404
    assert marta("GET", "/modules").data == {"data": []}
    assert marta("GET", "/search?q=verdi").data == {"data": []}
    assert marta("GET", "/events").data["data"] == []


def test_hidden_fields_are_nowhere(cast, carla):
    person = run("person.create", {"last_name": "Rossi", "email": "secret@example.com"}, cast.ctx("carla"))
    run("person.update", {"email": "other@example.com"}, cast.ctx("carla"), target=person.pk)
    role = cast.carla.roles.get()
    role.fields = {"person": {"email": "hidden", "city": "read"}}
    role.save()
    answers = [
        carla("GET", path)
        for path in ("/people", f"/people/{person.pk}", f"/people/{person.pk}/events", "/events", "/search?q=rossi")
    ]
    for answer in answers:
        assert answer.status == 200
        assert "@example.com" not in json.dumps(answer.data)
    assert carla("GET", "/people?email=other@example.com").status == 422
    assert carla("GET", "/people?sort=email").status == 422
    assert carla("PATCH", f"/people/{person.pk}", {"email": "x@example.com"}).data["errors"] == {
        "email": ["Unknown field."]
    }
    assert carla("PATCH", f"/people/{person.pk}", {"city": "Roma"}).data["errors"] == {
        "city": ["You cannot change this field."]
    }


def test_filters_pages_and_counts(carla):
    rows = [{"last_name": f"R{i:02}", "city": "Roma" if i % 2 else "Bari"} for i in range(9)]
    assert carla("POST", "/people/bulk", {"create": rows}).status == 200
    names, after = [], ""
    for _ in range(9):
        page = carla("GET", f"/people?city=Roma&sort=title&limit=3&fields=last_name&count=1{after}")
        assert page.data["count"] == {"value": 4, "capped": False}
        names += [row["last_name"] for row in page.data["data"]]
        if page.data["next"] is None:
            break
        after = f"&after={page.data['next']}"
    assert names == ["R01", "R03", "R05", "R07"]
    assert len(carla("GET", "/people?city__in=Roma,Bari").data["data"]) == 9


def test_bulk_is_all_or_nothing(carla):
    one = carla("POST", "/people", {"last_name": "Uno"}).data["id"]
    wrong = carla(
        "POST",
        "/people/bulk",
        {"update": [{"id": one, "city": "Roma"}], "create": [{"last_name": "Due"}], "delete": [10**9]},
    )
    assert wrong.status == 404
    assert carla("GET", f"/people/{one}").data["city"] == ""
    assert get("person").model._default_manager.count() == 1


def test_a_repeated_bulk_does_nothing_twice(carla):
    rows = {"create": [{"last_name": "Uno"}, {"last_name": "Due"}]}
    first, again = (carla("POST", "/people/bulk", rows, Idempotency_Key="many") for _ in range(2))
    assert first.data == again.data
    assert len(first.data["created"]) == get("person").model._default_manager.count() == 2


def test_idempotency_key_and_versions(carla):
    first = carla("POST", "/people", {"last_name": "Rossi"}, Idempotency_Key="abc")
    again = carla("POST", "/people", {"last_name": "Rossi"}, Idempotency_Key="abc")
    assert first.data["id"] == again.data["id"]
    assert carla("POST", "/people", {"last_name": "Verdi"}, Idempotency_Key="abc").status == 422
    path = f"/people/{first.data['id']}"
    carla("PATCH", path, {"city": "Roma"})
    stale = carla("PATCH", path, {"city": "Bari"}, If_Match="1")
    assert (stale.status, stale.data["conflicts"]) == (412, {"city": {"theirs": "Roma", "yours": "Bari"}})
    assert carla("PATCH", path, {"city": "Bari", "version": 1}).status == 409


def test_rate_limit(carla, settings):
    settings.API_REQUESTS_PER_MINUTE, settings.API_BURST = 60, 3
    statuses = [carla("GET", "/me").status for _ in range(6)]
    assert statuses == [200, 200, 200, 429, 429, 429]
    assert int(carla("GET", "/me").headers["Retry-After"]) >= 1


def test_oauth2_client_credentials_act_for_who_registered_them(cast, carla):
    run("person.create", {"last_name": "Rossi"}, cast.ctx("carla"))
    client = run("oauth_client.register", {"name": "ERP"}, cast.ctx("carla"))
    basic = base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()
    answer = Client().post(
        "/oauth/token", {"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    assert answer.status_code == 200, answer.content
    token = answer.json()["access_token"]
    people = Client().get("/api/v1/people", headers={"Authorization": f"Bearer {token}"})
    assert [p["last_name"] for p in people.json()["data"]] == ["Rossi"]
    wrong = Client().post(
        "/oauth/token", {"grant_type": "client_credentials", "client_id": client["client_id"], "client_secret": "x"}
    )
    assert wrong.status_code == 401


def test_every_module_is_in_the_schema_and_the_docs_page_shows_it(carla):
    schema = carla("GET", "/openapi.json").data
    assert schema["openapi"] == "3.1.0"
    for module in ("people", "organisations"):
        assert f"/api/v1/{module}" in schema["paths"]
        assert schema["paths"][f"/api/v1/{module}"]["post"]["requestBody"]
    assert carla("GET", "/docs").status == 200


def test_events_are_followed_without_gaps(cast, carla):
    for i in range(3):
        run("person.create", {"last_name": f"R{i}"}, cast.ctx("carla"))
    first = carla("GET", "/events").data
    assert carla("GET", f"/events?after={first['next']}").data["data"] == []
    assert carla("GET", "/events?after=x").status == 422


def test_users_are_found_by_name(carla):
    found = carla("GET", "/users?q=con+car").data["data"]
    assert [user["username"] for user in found] == ["carla"]


def test_clients_are_registered_and_removed_on_the_profile_page(cast):
    browser = Client()
    browser.force_login(cast.carla)
    page = browser.post("/profile/clients/", {"name": "ERP"}).content.decode()
    client = OAuthClient.objects.get()
    assert client.pk in page
    assert Client().post(f"/profile/clients/{client.pk}/remove/").status_code == 302  # to sign in
    assert OAuthClient.objects.exists()
    browser.post(f"/profile/clients/{client.pk}/remove/")
    assert not OAuthClient.objects.exists()
    assert browser.post("/profile/clients/", {"name": ""}).status_code == 422


def test_a_repeated_request_does_not_show_what_is_out_of_sight_by_then(carla, cast):
    first = carla("POST", "/people", {"last_name": "Rossi", "city": "Bari"}, Idempotency_Key="k")
    assert first.data["city"] == "Bari"
    run("person.update", {"owner": cast.dario.pk, "city": "Lecce"}, cast.ctx("bruno"), target=first.data["id"])
    again = carla("POST", "/people", {"last_name": "Rossi", "city": "Bari"}, Idempotency_Key="k")
    assert (again.status, again.data) == (201, {"id": first.data["id"], "module": "person"})
    assert "ETag" not in again.headers
