"""Customers to decide about, and policies ready to run."""

from __future__ import annotations

from hashlib import md5
from itertools import count
from typing import Any

import pytest
from tests.samples import in_phase

from anello.core.actions import Context, run
from anello.core.modules import get
from anello.decisions.models import Policy

TASK = {"treatment": "task", "parameters": {"subject": "Sentire {{ customer.title }}"}}
CALL = {"treatment": "call", "parameters": {"subject": "Chiamare"}}


@pytest.fixture
def people(cast):
    """Makes people of Carla's, loyal ones if not told otherwise; the `reachable` have a number and agree to calls."""

    def make(number: int, *, reachable: bool = False, phase: str = "loyal", **values: Any) -> list[Any]:
        given = {
            "owner": cast.carla.pk,
            **({"mobile": "+393331234567"} if reachable else {}),
            **values,
        }
        made = run("person.create", [{"last_name": f"Cliente{n:04}", **given} for n in range(number)], Context())
        in_phase(phase, *made)
        if reachable:
            agreed = {"purpose": "phone", "status": "given", "source": "form"}
            run("consent.create", [{"person": person.pk, **agreed} for person in made], Context())
        return made

    return make


def fair_seed(share: float) -> str:
    """A seed whose draw holds back exactly that share of the people there are: few tosses of a coin may all be heads."""
    people = list(get("person").model._default_manager.values_list("pk", flat=True))

    def held(seed: str) -> int:
        draws = (int(md5(f"{seed}:arm:{pk}".encode()).hexdigest()[:8], 16) / 2**32 for pk in people)
        return sum(draw < share for draw in draws)

    return next(seed for n in count() if held(seed := f"{n:016x}") == round(share * len(people)))


@pytest.fixture
def policy(cast):
    """Makes a policy of Ivo's about loyal people; `live=True` lets Bruno approve it."""

    def make(*, live: bool = False, by: str = "ivo", **values: Any) -> Policy:
        given = {"name": "Riconquista", "phases": ["loyal"], "variants": [TASK], "control_share": 20, **values}
        made = run("policy.create", given, cast.ctx(by))
        made.seed = fair_seed(given["control_share"] / 100)
        made.save(update_fields=["seed"])
        if live:
            run("policy.simulate", {}, cast.ctx(by), target=made)
            run("policy.request_approval", {}, cast.ctx(by), target=made)
            made = run("policy.approve", {}, cast.ctx("bruno"), target=made)
        return made

    return make
