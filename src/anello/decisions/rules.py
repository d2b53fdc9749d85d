"""What always holds of policies and decisions, whoever writes them."""

from __future__ import annotations

from typing import Any

from anello.core.actions import Change, Context, Invalid, rule
from anello.core.modules import all_modules, get
from anello.core.search.filters import compile_filter
from anello.customers import treatments
from anello.decisions import authority
from anello.decisions.models import DRAFT, ENDED, LIVE, PAUSED, SIMULATED, WAITING, Policy
from anello.intelligence.segments.words import event_words
from anello.kit.text import L

TERMS = (
    "customer", "phases", "segment", "condition", "variants", "consent", "control_share", "rank", "outcome",
    "outcome_event", "window_days", "measure",
)  # fmt: skip
"""What a running policy keeps: its groups would no longer be comparable."""
LIMITS = ("repeat_days", "contacts", "contact_days", "capacity", "budget", "ask", "schedule")
"""How far it may go: once it runs, theirs to change who could do themselves what it does."""
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
ONLY_BY_AUTHORITY = L(
    "La politica è in corso: questo limite lo cambia chi potrebbe fare di persona ciò che fa.",
    "The policy is running: this limit is theirs to change who could do themselves what it does.",
)
ONLY_PURCHASES = L("Ricavi e margine si misurano sugli acquisti.", "Revenue and margin are measured on purchases.")


@rule("policy")
def sound(ctx: Context, changes: list[Change]) -> None:
    """Terms and limits make sense together; changing them takes a policy back to a draft. Once it runs, its terms stay
    and its limits are for those who could do what it does."""
    errors: dict[str, list[Any]] = {}
    for index, change in enumerate(changes):
        prefix = f"{index}." if len(changes) > 1 else ""
        for name, words in _errors(ctx, change).items():
            errors[prefix + name] = words
    if errors:
        raise Invalid(errors)


def _errors(ctx: Context, change: Change) -> dict[str, list[Any]]:
    policy: Policy = change.record
    touched = [name for name in (*TERMS, *LIMITS) if change.touches(name)]
    if not change.new and touched:
        if change.before["status"] in RUNNING:
            fixed = {name: [FIXED] for name in touched if name in TERMS}
            if change.before["status"] != ENDED and authority.obstacles(ctx.actor, policy):
                fixed |= {name: [ONLY_BY_AUTHORITY] for name in touched if name in LIMITS}
            if fixed:
                return fixed
        elif policy.status in (SIMULATED, WAITING) and not change.touches("status"):
            policy.status = DRAFT
    errors: dict[str, list[Any]] = {}
    if policy.repeat_days is not None and policy.repeat_days < policy.window_days:
        errors["repeat_days"] = [
            L(
                f"Almeno {policy.window_days}, i giorni del risultato: altrimenti un acquisto conterebbe più volte.",
                f"At least {policy.window_days}, the days of the outcome: else one purchase would count several times.",
            )
        ]
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
        if policy.outcome_event not in {kind for kind, _ in events(policy.customer)}:
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


def events(customer: str) -> list[tuple[str, L]]:
    """(kind, words) of the events that modules tell of such customers, which may be an outcome."""
    return [
        (f"{module.name}.{kind}", event_words(module, kind))
        for module in all_modules()
        if module.timeline and getattr(module.timeline, customer)
        for kind in module.timeline.kinds
    ]


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
