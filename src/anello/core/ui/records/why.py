"""Why can this person see it? What somebody may do to a record, in words, from the policy that decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from anello.core.accounts import words
from anello.core.accounts.middleware import actor_of
from anello.core.accounts.queries import asked_about, asks_why
from anello.core.actions import registered
from anello.core.modules import Module, get
from anello.core.policies import Actor, readable, visible
from anello.core.policies.access import Grant
from anello.core.policies.reasons import Answer, explain, restrictions
from anello.core.ui.gate import module_view
from anello.core.ui.records.found import found
from anello.kit.numbers import whole

VERBS = ("view", "edit", "delete", "export")


@dataclass(frozen=True)
class Verdict:
    """One verb: whether, and why; `more` are the registered actions that need it and make sense now."""

    verb: str
    label: str
    allowed: bool
    reasons: Sequence[str]
    more: Sequence[str] = ()
    above: Sequence[Verdict] = field(default_factory=tuple)


@require_GET
@module_view
def why(request: HttpRequest, module: Module, pk: int) -> HttpResponseBase:
    """`/{slug}/{id}/why/?user=7`: for whoever asks about others what these may do, and for nobody else."""
    asker = actor_of(request)
    if not asks_why(asker, module):
        raise Http404(request.path)
    record = found(request, module, pk)
    people = asked_about(asker, module)
    asked = _asked(people, request.GET.get("user", ""))
    context = {
        "module": module,
        "record": record,
        "title": module.title_of(record),
        "people": [(person.pk, str(person)) for person in people],
        "person": asked,
    }
    if asked is not None:
        context |= _told(asker, Actor.of(asked), module, record)
    return render(request, "ui/records/why.html", context)


def _asked(people: QuerySet[Any], given: str) -> Any:
    if not given:
        return None
    pk = whole(given)
    person = people.filter(pk=pk).first() if pk is not None else None
    if person is None:
        raise Http404(given)
    return person


def _told(asker: Actor, actor: Actor, module: Module, record: Any) -> dict[str, Any]:
    known = {f.name for f in readable(asker, module)}
    limited = [one for one in restrictions(actor, module) if one.field.name in known]
    return {
        "verdicts": [
            _verdict(asker, actor, explain(actor, module, record, verb))
            for verb in VERBS
            if verb != "delete" or module.is_record
        ],
        "roles": [str(role) for role in actor.roles],
        "team": _path(actor.user.team),
        "owner": getattr(record, "owner", None),
        "record_team": _path(getattr(record, "team", None)) if module.is_record else "",
        "limited": [(str(one.field.label), str(words.LEVELS[one.level]), _by(one.rules)) for one in limited],
    }


def _verdict(asker: Actor, actor: Actor, answer: Answer) -> Verdict:
    return Verdict(
        answer.verb,
        str(words.VERBS[answer.verb]),
        answer.allowed,
        _reasons(actor, answer),
        [
            str(own.label)
            for own in registered(answer.module.name)
            if answer.allowed
            and own.shown
            and own.target
            and own.verb == answer.verb
            and (own.when is None or own.when(answer.record))
        ],
        [_above(asker, actor, one) for one in answer.above],
    )


def _above(asker: Actor, actor: Actor, answer: Answer) -> Verdict:
    """What the record belongs to, by name only for whoever may see it."""
    known = answer.module.model._default_manager.filter(visible(asker, answer.module), pk=answer.record.pk).exists()
    name = answer.module.title_of(answer.record) if known else str(answer.module.names)
    above = [_above(asker, actor, one) for one in answer.above]
    label = _("%(verb)s “%(name)s”") % {"verb": words.VERBS[answer.verb], "name": name}
    return Verdict(answer.verb, label, answer.allowed, _reasons(actor, answer), above=above)


def _reasons(actor: Actor, answer: Answer) -> list[str]:
    """In words: the grounds with the roles behind them; where there are none, what is missing."""
    given = [grant for grant in answer.grants if grant.scope]
    roles = ", ".join(_grant(grant, answer) for grant in given)
    if answer.allowed:
        reasons = list(dict.fromkeys(str(ground.why) for ground in answer.because))
        return [*reasons, _("given by: %(roles)s") % {"roles": roles}] if roles else reasons
    if not actor.roles:
        return [_("has no role")]
    if answer.withheld is not None:
        return [str(answer.withheld)]
    if answer.otherwise:
        where = f" {_('or')} ".join(dict.fromkeys(str(ground.why) for ground in answer.otherwise))
        missing = [_("only where %(why)s") % {"why": where}]
        return [*missing, _("given by: %(roles)s") % {"roles": roles}] if roles else missing
    return [_("no role gives it")]


def _grant(grant: Grant, answer: Answer) -> str:
    scope = words.SCOPES[grant.scope.name.lower()]
    return f"{grant.role} ({scope}, {_source(grant.role, answer.module, exception=grant.exception)})"


def _source(role: Any, module: Module, *, exception: bool) -> str:
    if exception:
        return _("exception of the role")
    if role.administrator:
        return _("administrator")
    level = role.areas.get(module.area)
    return f"{words.area(module.area)}: {words.AREA_LEVELS[level]}" if level else _("nothing")


def _by(rules: Iterable[Any]) -> str:
    return ", ".join(f"{rule.role}: {words.LEVELS[rule.level]}" for rule in rules)


def _path(team: Any) -> str:
    """`Vendite › Nord`: the team with the teams above it."""
    if team is None:
        return ""
    ids = [int(part) for part in team.path.strip("/").split("/") if part]
    names = dict(get("team").model._default_manager.filter(pk__in=ids).values_list("pk", "name"))
    return " › ".join(names[pk] for pk in ids if pk in names)
