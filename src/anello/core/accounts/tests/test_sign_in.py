"""Signing in, being locked out, signing out."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from tests.cast import PASSWORD

from anello.core.accounts.models import LoginAttempt
from anello.core.events.models import Event

LOGIN = "/accounts/login/"


def sign_in(client: Client, login: str = "carla", password: str = PASSWORD, **extra):
    return client.post(LOGIN, {"login": login, "password": password}, **extra)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("login", ["carla", "CARLA", "carla@anello.example", "Carla@Anello.example "])
def test_signs_in_by_user_name_or_mail(client, cast, login):
    response = sign_in(client, login)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert signed_in(client)


def test_after_signing_in_one_is_where_one_wanted_to_be(client, cast):
    assert (
        client.get("/accounts/password/change/?tab=1")["Location"]
        == "/accounts/login/?next=/accounts/password/change/%3Ftab%3D1"
    )
    response = client.post(LOGIN, {"login": "carla", "password": PASSWORD, "next": "/accounts/password/change/?tab=1"})
    assert response["Location"] == "/accounts/password/change/?tab=1"


def test_next_leads_nowhere_else(client, cast):
    response = client.post(LOGIN, {"login": "carla", "password": PASSWORD, "next": "https://evil.example/"})
    assert response["Location"] == "/"


def test_a_wrong_password_and_an_unknown_person_read_the_same(client, cast):
    known, unknown = sign_in(client, "carla", "wrong"), sign_in(client, "nobody", "wrong")
    assert not signed_in(client)
    assert known.context["form"].non_field_errors() == unknown.context["form"].non_field_errors()


def test_nobody_signs_up(client, cast):
    assert client.get("/accounts/signup/").status_code in (302, 404)
    assert client.get("/accounts/email/").status_code in (302, 404)


def test_the_deactivated_cannot_sign_in_and_learn_nothing(client, cast):
    cast.carla.is_active = False
    cast.carla.save()
    response = sign_in(client)
    assert not signed_in(client)
    assert response.context["form"].non_field_errors() == sign_in(client, "nobody").context["form"].non_field_errors()


def test_signing_in_and_out_are_events_with_address_and_browser(client, cast):
    sign_in(client, HTTP_USER_AGENT="Firefox", REMOTE_ADDR="192.0.2.7")
    client.post("/accounts/logout/", HTTP_USER_AGENT="Firefox", REMOTE_ADDR="192.0.2.7")
    assert not signed_in(client)
    told = Event.objects.filter(record_id=cast.carla.pk, kind__startswith="user.signed").order_by("id")
    assert [(e.kind, e.actor_id) for e in told] == [
        ("user.signed_in", cast.carla.pk),
        ("user.signed_out", cast.carla.pk),
    ]
    assert all(e.data["address"] == "192.0.2.7" and e.data["agent"] == "Firefox" for e in told)


def test_a_part_asked_for_after_the_session_ended_brings_back_to_the_whole_page(client, cast):
    headers = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/people/?q=rossi"}
    response = client.get("/accounts/password/change/", **headers)
    assert response.status_code == 401
    assert response["HX-Redirect"] == "/accounts/login/?next=%2Fpeople%2F%3Fq%3Drossi"


def test_five_failures_lock_the_account_for_fifteen_minutes(client, cast):
    for _ in range(5):
        sign_in(client, password="wrong")
    refused = sign_in(client)
    assert not signed_in(client)
    assert "15" in refused.context["form"].non_field_errors()[0]
    assert Event.objects.filter(kind="user.login_failed", record_id=cast.carla.pk).count() == 5
    assert Event.objects.filter(kind="user.locked", record_id=cast.carla.pk).count() == 1
    LoginAttempt.objects.update(at=timezone.now() - dt.timedelta(minutes=16))
    sign_in(client)
    assert signed_in(client)


def test_a_locked_account_reads_the_same_whether_it_exists_or_not(client, cast):
    for _ in range(5):
        sign_in(client, "carla", "wrong")
        sign_in(client, "nobody", "wrong")
    known, unknown = sign_in(client, "carla"), sign_in(client, "nobody")
    assert known.context["form"].non_field_errors() == unknown.context["form"].non_field_errors()


def test_user_name_and_mail_are_one_account(client, cast):
    for login in ("carla", "carla@anello.example", "CARLA", "carla", "carla@anello.example"):
        sign_in(client, login, "wrong")
    sign_in(client)
    assert not signed_in(client)


def test_others_are_not_locked_by_a_locked_account(client, cast):
    for _ in range(5):
        sign_in(client, "carla", "wrong")
    sign_in(client, "dario")
    assert signed_in(client)


def test_signing_in_forgives_the_failures_before(client, cast):
    for _ in range(4):
        sign_in(client, password="wrong")
    sign_in(client)
    client.post("/accounts/logout/")
    for _ in range(4):
        sign_in(client, password="wrong")
    sign_in(client)
    assert signed_in(client)


def test_thirty_failures_lock_the_address_for_everybody_there(client, cast):
    for n in range(30):
        sign_in(client, f"guess{n}", "wrong", REMOTE_ADDR="198.51.100.1")
    sign_in(client, REMOTE_ADDR="198.51.100.1")
    assert not signed_in(client)
    sign_in(client, REMOTE_ADDR="198.51.100.2")
    assert signed_in(client)


@pytest.mark.django_db(transaction=True)
def test_guesses_in_parallel_are_counted_like_guesses_in_turn(cast):
    wrong, together = "wrong", threading.Barrier(12)
    answers: list[str] = []

    def guess() -> None:
        together.wait()
        answers.append(sign_in(Client(HTTP_ACCEPT_LANGUAGE="en"), "carla", wrong).content)
        connections.close_all()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(b"Too many failed attempts" in answer for answer in answers) == 7
    assert LoginAttempt.objects.count() == 5
