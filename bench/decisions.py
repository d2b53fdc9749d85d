"""Deciding on everybody at once: candidates, eligibility, draw and limits, stored; rolled back afterwards."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.figures import Figures
from bench.server import PEOPLE, ROOT, Installation

BAR = 120
TURN = """
import json, time
from anello.config.cli.installation import application
with application():
    from django.db import connection, transaction
    from anello.core.accounts.models import User
    from anello.core.actions import Context, run
    from anello.decisions.models import Decision, Turn
    anna = Context.of(User.objects.get(username="anna"), "cli")
    with transaction.atomic():
        task = {"treatment": "task", "parameters": {"subject": "Sentire {{ customer.title }}"}, "cost": 1}
        values = {"name": "Tutti", "variants": [task], "control_share": 10, "ask": True, "budget": 100_000_000}
        policy = run("policy.create", values, anna)
        started = time.monotonic()
        run("policy.simulate", {}, anna, target=policy)
        simulated = time.monotonic() - started
        run("policy.start", {}, anna, target=policy)
        started = time.monotonic()
        run("policy.decide", {}, anna, target=policy)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what a commit would check
        decided = time.monotonic() - started
        print(json.dumps({"simulated": simulated, "decided": decided, "count": Decision.objects.count()}))
        transaction.set_rollback(True)
"""


def measure(figures: Figures, scale: float) -> None:
    """A simulation and a turn of a policy about all people of the load set."""
    with Installation(people=int(PEOPLE * scale)) as anello:
        done = subprocess.run(
            [sys.executable, "-c", TURN],
            env=anello.environment, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    figures.most(f"simulate a policy on {anello.people:,} people", found["simulated"], BAR, "s")
    figures.most(f"decide on {found['count']:,} people", found["decided"], BAR, "s")
