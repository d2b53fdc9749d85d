"""What always holds of policies and decisions, whoever writes them."""

from __future__ import annotations

from typing import Any

from anello.core.actions import Change, Context, Invalid, find, rule
from anello.core.modules import all_modules, get
from anello.core.search.filters import compile_filter
from anello.customers import treatments
from anello.decisions.models import DRAFT, ENDED, LIVE, PAUSED, SIMULATED, WAITING, Policy
from anello.kit.text import L

TERMS = (
    "customer", "phases", "segment", "condition", "variants", "consent", "control_share", "rank", "outcome",
    "outcome_event", "window_days", "measure",
)  # fmt: skip
"""What a running policy keeps: its groups would no longer be comparable."""
RUNNING = (LIVE, PAUSED, ENDED)
FIXED = L(
    "La politica è in corso: per cambiarlo concludila e fanne una copia, altrimenti i gruppi non si confrontano più.",
    "The policy is running: to change it, end it and make a copy; otherwise the groups can no longer be compared.",
)
SHARES = L("Le quote delle due azioni devono fare 100.", "The shares of the two actions must make 100.")
OTHER_CUSTOMERS = L("Il segmento è di altri clienti.", "The segment is of other customers.")
NO_MODULE_EVENT = L(
    "Scegli uno dei fatti che si raccontano dei clienti.", "Choose one of the events told of customers."
)
ONLY_PURCHASES = L("Ricavi e margine si misurano sugli acquisti.", "Revenue and margin are measured on purchases.")


@rule("policy")
def sound(ctx: Context, changes: list[Change]) -> None:
    """The terms make sense together; changing them takes a policy back to a draft, and is refused once it runs."""
    errors: dict[str, list[Any]] = {}
    for index, change in enumerate(changes):
        prefix = f"{index}." if len(changes) > 1 else ""
        for name, words in _errors(ctx, change).items():
            errors[prefix + name] = words
    if errors:
        raise Invalid(errors)


def _errors(ctx: Context, change: Change) -> dict[str, list[Any]]:
    policy: Policy = change.record
    touched = [name for name in TERMS if change.touches(name)]
    if not change.new and touched:
        if change.before["status"] in RUNNING:
            return {name: [FIXED] for name in touched}
        if policy.status in (SIMULATED, WAITING) and not change.touches("status"):
            policy.status = DRAFT
    errors: dict[str, list[Any]] = {}
    if change.touches("condition", "customer"):
        try:
            compile_filter(ctx.actor, get(policy.customer), policy.condition)
        except Invalid as error:
            errors["condition"] = error.messages
    if change.touches("segment", "customer") and policy.segment and policy.segment.customer != policy.customer:
        errors["segment"] = [OTHER_CUSTOMERS]
    if change.touches("variants", "customer"):
        errors |= _variants(policy)
    if policy.outcome == "event":
        if policy.outcome_event not in {kind for kind, _ in events()}:
            errors["outcome_event"] = [NO_MODULE_EVENT]
    else:
        policy.outcome_event = ""
    if policy.outcome != "purchase" and policy.measure != "conversion":
        errors["measure"] = [ONLY_PURCHASES]
    return errors


def _variants(policy: Policy) -> dict[str, list[Any]]:
    errors: dict[str, list[Any]] = {}
    for index, variant in enumerate(policy.variants):
        place = f"variants.{'AB'[index]}"
        try:
            chosen = treatments.get_treatment(variant["treatment"])
            treatments.understood(variant["treatment"], variant["parameters"])
        except Invalid as error:
            for name, words in error.errors.items():
                errors[f"{place}.{name}"] = list(words)
            continue
        if policy.customer not in chosen.customers:
            errors[place] = [treatments.WRONG_KIND]
    if len(policy.variants) == 1:
        policy.variants[0]["share"] = 100
    elif len(policy.variants) == 2 and round(sum(variant["share"] for variant in policy.variants), 6) != 100:
        errors["variants"] = [SHARES]
    return errors


def events() -> list[tuple[str, L]]:
    """(kind, words) of the events that modules tell of customers, which may be an outcome."""
    found = []
    for module in all_modules():
        for kind in module.timeline.kinds if module.timeline else ():
            own = find(f"{module.name}.{kind}")
            words = _KINDS.get(kind) or (own.label if own and own.label else L(kind, kind))
            found.append(
                (f"{module.name}.{kind}", L(f"{module.names.it}: {words.it}", f"{module.names.en}: {words.en}"))
            )
    return found


_KINDS = {
    "created": L("nuova", "new"), "completed": L("fatta", "done"), "reopened": L("riaperta", "reopened"),
    "won": L("vinta", "won"), "lost": L("persa", "lost"), "expired": L("scaduto", "expired"),
    "overdue": L("scaduta", "overdue"),
}  # fmt: skip


@rule("policy", "before_delete")
def unused(ctx: Context, changes: list[Change]) -> None:
    """What has decided stays: its decisions are told by it."""
    if any(change.record.turns.exists() for change in changes):
        raise Invalid(L("Ha già preso decisioni: concludila invece.", "It has made decisions already: end it instead."))


@rule("decision")
def by_policies(ctx: Context, changes: list[Change]) -> None:
    """Decisions are made by turns of policies only."""
    if any(change.new for change in changes):
        raise Invalid(L("Le decisioni le prendono le politiche.", "Decisions are made by policies."))


@rule("decision", "before_delete")
def kept(ctx: Context, changes: list[Change]) -> None:
    """Whoever is taken out of a group makes it another group."""
    raise Invalid(
        L(
            "Le decisioni restano: su di loro si misura il risultato.",
            "Decisions stay: the outcome is measured on them.",
        )
    )
