"""A sender that is killed on the way: everybody gets the mail, and nobody two different ones."""

from __future__ import annotations

import random
import signal
import time

import pytest
from django.conf import settings
from tests import processes

from anello.core.actions import run
from anello.operations.marketing.models import EmailMessage

PEOPLE = 60
WORKER = """
import django
django.setup()
from django.conf import settings
settings.EMAIL_DOMAIN_PER_MINUTE = 1000
from anello.operations.marketing import sending
sending.run()
"""

pytestmark = pytest.mark.django_db(transaction=True)


def work():
    mail = f"smtp://{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    return processes.start("-c", WORKER, EMAIL_URL=mail)


def test_killed_senders_reach_everybody_and_a_repetition_is_the_same_message(cast, server, template, willing):
    people = willing(*(f"P{n}" for n in range(PEOPLE)))
    rows = [{"template": template.pk, "person": p.pk, "key": "natale"} for p in people]
    run("email_message.create", rows, cast.ctx("bruno"))
    dice = random.Random(3)
    for _ in range(3):
        before, process = len(server.mails), work()
        while len(server.mails) == before and process.poll() is None:
            time.sleep(0.002)
        time.sleep(dice.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(server.mails) < PEOPLE, "the kills must fall into the sending to prove anything"
    assert work().wait() == 0
    assert set(server.recipients) == {p.email for p in people}
    assert not EmailMessage.objects.exclude(state="sent").exists()
    ids = {to: mail["Message-ID"] for to, mail in server.mails}
    assert all(ids[to] == mail["Message-ID"] for to, mail in server.mails)
    # One per kill at most: what was between the server's answer and our commit.
    assert len(server.mails) <= PEOPLE + 3
