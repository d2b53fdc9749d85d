"""Why a decision was taken, in words that people read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import translation

from anello.core.modules import get
from anello.core.policies import Actor, field_access
from anello.core.ui.lists.conditions import normal, subjects
from anello.customers import treatments
from anello.customers.module import PHASES, PURPOSES
from anello.decisions.models import CONTROL, Decision, Policy
from anello.intelligence.segments.words import sentence
from anello.kit.numbers import format_number
from anello.kit.text import L

_PHASES = {option.value: option.label for option in PHASES}
_PURPOSES = {option.value: option.label for option in PURPOSES}


def reasons(decision: Decision, actor: Actor) -> list[L | str]:
    """The steps that led to the decision, in order: who was meant, what allowed it, what the draw said; without what
    speaks of fields that the reader does not see."""
    terms, found = decision.turn.terms, decision.reasons
    return [
        *_meant(decision, terms, actor),
        *_allowed(terms, found),
        *_drawn(decision, terms, found),
        *([L(found["why_not"]["it"], found["why_not"]["en"])] if "why_not" in found else []),
    ]


def why_not(why: L) -> dict[str, Any]:
    """What the reasons of a decision hold of why it was not carried out."""
    return {"why_not": {"it": why.it, "en": why.en}}


def in_short(decision: Decision) -> str:
    """The policy and its reason, for whoever carries it out, in that person's language."""
    policy, owner = decision.policy, decision.owner
    with translation.override(owner.language if owner else None):
        meant = _meant(decision, decision.turn.terms, Actor.of(owner or policy.approved_by))
        words = [f"{policy.name}.", policy.description, *[f"{line}." for line in meant]]
        return " ".join(str(word) for word in words if word)


def _meant(decision: Decision, terms: Mapping[str, Any], actor: Actor) -> Iterator[L]:
    seen = field_access(actor, get(terms["customer"]))
    if terms["phases"] and decision.phase in _PHASES and seen["phase"] != "hidden":
        label = _PHASES[decision.phase]
        yield L(f"È nella fase «{label.it}»", f"The phase is “{label.en}”")
    if terms.get("segment"):
        yield L(f"È nel segmento «{terms['segment']}»", f"Is in the segment “{terms['segment']}”")
    for line in conditions(actor, terms["customer"], terms["condition"]):
        yield L(f"Vale: {line}", f"It holds: {line}")


def conditions(actor: Actor, customer: str, tree: Any) -> list[str]:
    """What a filter says, in the reader's language: a sentence for each condition that must hold, alternatives in one;
    without those that speak of what the reader does not see."""
    joint, items = normal(tree)
    parts = items if joint == "all" else [tree]
    return [sentence(actor, customer, part) for part in parts if _seen(actor, customer, part)]


def _seen(actor: Actor, kind: str, part: Mapping[str, Any]) -> bool:
    """Whether the reader sees every field that a part of a filter speaks of."""
    for joint in ("all", "any"):
        if joint in part:
            return all(_seen(actor, kind, one) for one in part[joint])
    if "not" in part:
        return _seen(actor, kind, part["not"])
    if part["field"] not in {one.path for one in subjects(actor, get(kind))}:
        return False
    inner = part.get("value") if part.get("op") in ("has", "has_no") else None
    return not inner or _seen(actor, part["field"].partition(":")[0], inner)


def _allowed(terms: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[L]:
    needed = [terms["consent"], *(treatments.get_treatment(v["treatment"]).purpose for v in terms["variants"])]
    for purpose in sorted({p for p in needed if p}):
        label = _PURPOSES[purpose]
        yield L(f"Consenso dato: {label.it.lower()}", f"Consent given: {label.en.lower()}")
    times, days, most = found.get("contacts", 0), terms["contact_days"], terms["contacts"]
    yield L(
        f"Contatti negli ultimi {days} giorni: {times}; il massimo è {most}",
        f"Contacts in the last {days} days: {times}; the most is {most}",
    )
    if terms["capacity"] or terms["budget"] is not None or terms["focus"] is not None:
        place = found["place"]
        yield L(f"Posto {place} nell'ordine di chi viene prima", f"Place {place} in the order of who comes first")


def _drawn(decision: Decision, terms: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[L]:
    draw, share = (_number(round(100 * found["draw"], 2)), _number(terms["control_share"]))
    if decision.arm == CONTROL:
        yield L(
            f"Estratto {draw.it} su 100, sotto {share.it}: tenuto da parte, per confronto",
            f"Drew {draw.en} of 100, below {share.en}: held out, for comparison",
        )
        return
    yield L(
        f"Estratto {draw.it} su 100, non sotto {share.it}: trattato",
        f"Drew {draw.en} of 100, not below {share.en}: treated",
    )
    variant = terms["variants"]["AB".index(decision.variant)]
    label = treatments.get_treatment(variant["treatment"]).label
    which = L("in carica", "champion") if decision.variant == "A" else L("sfidante", "challenger")
    if len(terms["variants"]) == 2:
        yield L(
            f"Azione {decision.variant} ({which.it}): {label.it}", f"Action {decision.variant} ({which.en}): {label.en}"
        )
    else:
        yield L(f"Azione: {label.it}", f"Action: {label.en}")


def _number(value: float) -> L:
    return L(format_number(value, "it"), format_number(value, "en"))


def actions(policy: Policy) -> list[tuple[str, L, str, list[tuple[L, str]]]]:
    """(letter, treatment, its icon, its parameters in words) of each action of a policy."""
    found = []
    for letter, variant in zip("AB", policy.variants, strict=False):
        chosen = treatments.get_treatment(variant["treatment"])
        words: list[tuple[L, str]] = []
        for name, info in chosen.parameters.model_fields.items():
            if variant["parameters"].get(name) not in (None, "", []):
                extra: Any = info.json_schema_extra or {}
                words.append((extra.get("label", L(name, name)), str(variant["parameters"][name])))
        found.append((letter, chosen.label, chosen.icon, words))
    return found
