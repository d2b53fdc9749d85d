"""A template, people who agreed to hear from us, and a mail server that keeps what it is handed."""

from __future__ import annotations

import socket
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from anello.core.actions import run

BODY = """<mjml><mj-body><mj-section><mj-column>
<mj-text>Ciao {{ person.first_name|cliente }}, &egrave; <a href="https://shop.example/?a=1&amp;c={{ person.city|}}">tutto qui</a></mj-text>
<mj-button href="https://shop.example/novit%C3%A0">Guarda</mj-button>
<mj-text><a href="mailto:noi@shop.example">Scrivici</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"""


class Server:
    """Keeps the mails by recipient; `refusals` are replies it gives instead, by address."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, object]] = []
        self.refusals: dict[str, str] = {}

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.mails.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"

    @property
    def recipients(self) -> list[str]:
        return sorted(to for to, _ in self.mails)


@pytest.fixture
def server(settings):
    kept = Server()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.BASE_URL = "https://crm.example.com"
    yield kept
    controller.stop()


@pytest.fixture
def template(cast):
    values = {"name": "Novità", "subject_it": "Novità per {{ person.first_name|te }}", "body_it": BODY}
    return run("email_template.create", values, cast.ctx("bruno"))


@pytest.fixture
def willing(cast):
    """Makes people of Carla's who agreed to e-mails."""

    def make(*names: str, **more: object) -> list:
        people = [
            run(
                "person.create",
                {"first_name": name, "last_name": "Rossi", "email": f"{name.lower()}@rossi.example", **more},
                cast.ctx("carla"),
            )
            for name in names
        ]
        agreed = {"purpose": "email", "status": "given", "source": "form"}
        run("consent.create", [{"person": p.pk, **agreed} for p in people], cast.ctx("carla"))
        return people

    return make
