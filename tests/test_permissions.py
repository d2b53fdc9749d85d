"""The permission matrix: every module × person × verb, through actions and lists, generated from the specs."""

from __future__ import annotations

import pytest
from django.db.models import Q
from django.test import Client

from anello.config.demo.staff import CAST
from anello.core.actions import Denied, Invalid, NotFound, run
from anello.core.modules import Link, Module, Scope, all_modules, get
from anello.core.policies import SYSTEM, Ground, can, visible
from anello.core.policies.reasons import explain
from anello.core.search import RecordQuery
from anello.kit.text import L
from tests.samples import sample

pytestmark = pytest.mark.django_db

RECORDS = [m.name for m in all_modules() if m.is_record]


@pytest.fixture
def record(request, cast):
    module = get(request.param)
    return module, sample(module, owner=cast.dario)


def _expected(actor, module: Module, record, verb: str) -> bool:
    """The scope, said again by plain arithmetic on owner and team."""
    if module.parents:
        for name in module.parents:
            parent_id = getattr(record, f"{name}_id")
            if parent_id is not None:
                link = module.field(name)
                assert isinstance(link, Link)
                parent = get(link.to)
                over = parent.model._default_manager.get(pk=parent_id)
                return _expected(actor, parent, over, verb if verb in ("view", "export") else "edit")
        return False
    scope = actor.scope(module, verb)
    mine = record.owner_id == actor.id
    return (
        scope == Scope.ALL
        or (scope == Scope.TEAM and (mine or record.team_id in actor.team_ids))
        or (scope == Scope.OWN and mine)
    )


@pytest.mark.parametrize("record", RECORDS, indirect=True)
def test_who_may_see_change_and_delete(cast, record):
    module, stored = record
    holes = []
    for name in CAST:
        actor = cast.actor(name)
        for verb in ("view", "edit", "delete", "export"):
            allowed = module.model._default_manager.filter(visible(actor, module, verb), pk=stored.pk).exists()
            if allowed != _expected(actor, module, stored, verb):
                holes.append((name, verb, allowed))
            if explain(actor, module, stored, verb).allowed != allowed:
                holes.append((name, verb, "explained otherwise"))
        if can(actor, module):
            listed = RecordQuery(actor, module).only(Q(pk=stored.pk)).page().records
            if bool(listed) != _expected(actor, module, stored, "view"):
                holes.append((name, "list", bool(listed)))
    assert not holes


@pytest.mark.parametrize("record", RECORDS, indirect=True)
def test_the_same_through_screens_and_api(cast, record):
    """200 where one may see, 404 where not: on the list, the record page and the API, for reading and writing."""
    module, stored = record
    holes = []
    anna = Client()
    anna.force_login(cast.anna)
    for name in CAST:
        user, actor = getattr(cast, name), cast.actor(name)
        seen = _expected(actor, module, stored, "view")
        screen, api = Client(), Client()
        screen.force_login(user)
        token = {"Authorization": f"Bearer {run('token.issue', {}, cast.ctx(name))}"}
        path = f"{module.slug}/{stored.pk}"
        answers = {
            "page": (screen.get(f"/{path}/").status_code, seen),
            "list": (screen.get(f"/{module.slug}/").status_code, can(actor, module)),
            "API read": (api.get(f"/api/v1/{path}", headers=token).status_code, seen),
            "API list": (api.get(f"/api/v1/{module.slug}", headers=token).status_code, can(actor, module)),
        }
        holes += [(name, what, status) for what, (status, good) in answers.items() if status != (200 if good else 404)]
        change = api.patch(f"/api/v1/{path}", "{}", content_type="application/json", headers=token).status_code
        if change != (200 if _expected(actor, module, stored, "edit") else 403 if seen else 404):
            holes.append((name, "API change", change))
        # What an administrator is told of this person is what this person was answered.
        told = anna.get(f"/{path}/why/?user={user.pk}").context["verdicts"]
        if [(one.verb, one.allowed) for one in told[:2]] != [("view", seen), ("edit", change == 200)]:
            holes.append((name, "explained otherwise"))
    assert not holes


@pytest.mark.parametrize("record", RECORDS, indirect=True)
def test_outsider_gets_not_found_for_every_verb(cast, record):
    module, stored = record
    for verb, data in (("update", {}), ("delete", None)):
        with pytest.raises(NotFound):
            run(f"{module.name}.{verb}", data, cast.ctx("marta"), target=stored.pk)
    with pytest.raises((NotFound, Denied, Invalid)):
        run(f"{module.name}.create", {}, cast.ctx("marta"))
    assert not can(cast.actor("marta"), module)


@pytest.mark.parametrize("record", RECORDS, indirect=True)
def test_the_product_itself_may_do_all(record):
    module, stored = record
    assert module.model._default_manager.filter(visible(SYSTEM, module, "delete"), pk=stored.pk).exists()


def test_negative_control_the_matrix_notices_a_hole(cast, monkeypatch):
    from anello.core.policies import access

    stored = sample(get("person"), owner=cast.dario)
    monkeypatch.setitem(access._overrides, "person", lambda actor, verb: [Ground(Q(), L("falla", "hole"))])
    actor = cast.actor("carla")
    allowed = get("person").model._default_manager.filter(visible(actor, "person"), pk=stored.pk).exists()
    assert allowed != _expected(actor, get("person"), stored, "view")
