"""One's own account over HTTP: profile, passwords and mail, second factors, sessions, tokens."""

from __future__ import annotations

import re
import socket

import pytest
from aiosmtpd.controller import Controller
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.test import Client
from tests.cast import PASSWORD

from anello.core.accounts.jobs import send_invitation
from anello.core.accounts.models import LoginAttempt, User
from anello.core.actions import NotFound, run
from anello.core.events.models import Event

pytestmark = pytest.mark.django_db
NEW = "corallo-verde-91"


@pytest.fixture
def enter(cast):
    def enter(name: str = "carla", agent: str = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0") -> Client:
        client = Client(HTTP_ACCEPT_LANGUAGE="en", HTTP_USER_AGENT=agent)
        assert client.post("/accounts/login/", {"login": name, "password": PASSWORD}).status_code == 302
        return client

    return enter


class Mailbox:
    """Keeps what an SMTP server is handed."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], str]] = []

    async def handle_DATA(self, server, session, envelope) -> str:
        self.letters.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


@pytest.fixture
def mailbox(settings):
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield box
    controller.stop()


def link(letter: str) -> str:
    text = letter.replace("=\r\n", "").replace("=3D", "=")
    return re.search(r"/accounts/password/reset/key/\S+/", text)[0]


def choose(client: Client, url: str, password: str = NEW):
    form = client.get(url, follow=True)
    return client.post(form.request["PATH_INFO"], {"password1": password, "password2": password})


def test_everybody_sees_their_own_profile_and_nobody_elses_name(cast, enter):
    page = enter("marta").get("/profile/").content.decode()
    assert "Marta" in page
    assert not any(str(person) in page for person in cast if person != cast.marta)


def test_the_profile_is_changed_and_told(cast, enter):
    client = enter()
    given = {"first_name": "Carlotta", "last_name": "Conti", "phone": "", "language": "en", "time_zone": "Europe/Paris"}
    assert client.post("/profile/", given)["Location"] == "/profile/"
    carla = User.objects.get(pk=cast.carla.pk)
    assert (carla.first_name, carla.language, carla.time_zone) == ("Carlotta", "en", "Europe/Paris")
    assert Event.objects.get(kind="user.updated").changes["first_name"] == ["Carla", "Carlotta"]


def test_a_wrong_profile_is_refused_with_what_was_typed(cast, enter):
    refused = enter().post("/profile/", {"first_name": "Zeta", "time_zone": "Mars/Phobos"})
    assert refused.status_code == 422
    assert b"Zeta" in refused.content
    assert User.objects.get(pk=cast.carla.pk).time_zone == "Europe/Rome"


def test_a_forgotten_password_is_chosen_anew_once_through_the_mailed_link(cast, mailbox):
    client = Client()
    client.post("/accounts/password/reset/", {"email": "Carla@anello.example"})
    ((recipients, letter),) = mailbox.letters
    assert recipients == ["carla@anello.example"]
    assert choose(client, link(letter))["Location"] == "/accounts/password/reset/key/done/"
    assert User.objects.get(pk=cast.carla.pk).check_password(NEW)
    assert choose(Client(), link(letter), "another-word-77").status_code != 302
    assert User.objects.get(pk=cast.carla.pk).check_password(NEW)
    assert Event.objects.filter(kind="user.password_changed", record_id=cast.carla.pk).exists()


def test_asking_for_an_unknown_address_looks_the_same_and_mails_nobody(cast, mailbox):
    known = Client().post("/accounts/password/reset/", {"email": "carla@anello.example"})
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@anello.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [to for to, _letter in mailbox.letters] == [["carla@anello.example"]]


def test_a_new_user_chooses_a_password_through_the_invitation(cast, mailbox):
    user = run("user.create", {"username": "zoe", "email": "zoe@anello.example", "language": "en"})
    send_invitation(user=user.pk)
    ((recipients, letter),) = mailbox.letters
    assert recipients == ["zoe@anello.example"]
    choose(Client(), link(letter))
    client = Client()
    client.post("/accounts/login/", {"login": "zoe", "password": NEW})
    assert "_auth_user_id" in client.session


def test_changing_the_password_ends_the_other_sessions(cast, enter):
    here, there = enter(), enter()
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert here.get("/profile/").status_code == 200
    assert there.get("/profile/").status_code == 302


def test_sessions_are_listed_with_device_and_ended_one_or_all(cast, enter):
    here, phone, other = enter(), enter(agent="Mozilla/5.0 (iPhone) Safari/605"), enter()
    listed = here.get("/profile/").context["sessions"]
    assert {item["device"] for item in listed} == {"Firefox · Windows", "Safari · iPhone"}
    target = UserSession.objects.get(session_key=phone.session.session_key)
    here.post("/profile/sessions/", {"session": target.pk})
    assert phone.get("/profile/").status_code == 302
    assert other.get("/profile/").status_code == 200
    here.post("/profile/sessions/")
    assert other.get("/profile/").status_code == 302
    assert here.get("/profile/").status_code == 200


def test_nobody_ends_the_sessions_of_another(cast, enter):
    carla = enter()
    session = UserSession.objects.get(session_key=carla.session.session_key)
    with pytest.raises(NotFound):
        run("profile.end_sessions", {"sessions": [session.pk]}, cast.ctx("dario"))
    assert carla.get("/profile/").status_code == 200


def test_a_token_is_shown_once_and_revoked(cast, enter):
    client = enter()
    page = client.post("/profile/tokens/", {"name": "Script", "days": "30"})
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert secret not in client.get("/profile/").content.decode()
    token = cast.carla.api_tokens.get()
    with pytest.raises(NotFound):
        run("token.revoke", {"token": token.pk}, cast.ctx("dario"))
    client.post(f"/profile/tokens/{token.pk}/revoke/")
    assert not cast.carla.api_tokens.exists()
    assert secret not in str(list(Event.objects.values_list("data", flat=True)))


def code_of(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def test_the_second_factor_is_asked_and_its_guesses_are_limited(cast):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(cast.carla, secret)
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    asked = client.post("/accounts/login/", {"login": "carla", "password": PASSWORD})
    assert asked["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    wrong = "000000" if code_of(secret) != "000000" else "111111"
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": wrong})
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert "_auth_user_id" not in client.session
    LoginAttempt.objects.all().delete()
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert "_auth_user_id" in client.session


@pytest.mark.django_db(transaction=True)
def test_the_authenticator_app_is_turned_on_from_the_profile(cast, enter):
    client = enter()
    activate = "/accounts/2fa/totp/activate/"
    assert client.get(activate)["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": activate})
    page = client.get(activate)
    done = client.post(activate, {"code": code_of(page.context["form"].secret)})
    assert done.status_code == 302
    assert client.get(done["Location"]).status_code == 200
    kinds = set(Authenticator.objects.filter(user=cast.carla).values_list("type", flat=True))
    assert kinds == {"totp", "recovery_codes"}
    assert Event.objects.filter(kind="user.factor_added", record_id=cast.carla.pk).exists()


def test_a_recovery_code_works_once(cast):
    totp.TOTP.activate(cast.carla, totp.generate_totp_secret())
    (code, *_rest) = RecoveryCodes.activate(cast.carla).get_unused_codes()
    outcomes = []
    for _ in range(2):
        client = Client()
        client.post("/accounts/login/", {"login": "carla", "password": PASSWORD})
        client.post("/accounts/2fa/authenticate/", {"code": code})
        outcomes.append("_auth_user_id" in client.session)
    assert outcomes == [True, False]


def test_elevation_asks_for_the_second_factor_too(cast, enter):
    client = enter("anna")
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(cast.anna, secret)
    assert client.post("/elevate/", {"password": PASSWORD, "code": ""}).status_code == 422
    assert client.post("/elevate/", {"password": PASSWORD, "code": code_of(secret)}).status_code == 302
    assert AUTHENTICATION_METHODS_SESSION_KEY in client.session


def test_pages_of_signing_in_hold_no_script_of_their_own(cast, enter):
    """The policy `script-src 'self'` would stop it; data (JSON) is no script."""
    client = enter()
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/"})
    pages = ["/profile/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/", "/accounts/password/change/"]
    for page in [Client().get("/accounts/login/"), *(client.get(url) for url in pages)]:
        assert page.status_code == 200
        for tag in re.findall(r"<script[^>]*>", page.content.decode()):
            assert "src=" in tag or "application/json" in tag, tag
        assert " style=" not in page.content.decode()
        assert not re.search(r"\son[a-z]+=", page.content.decode())
