"""Why a decision was taken, in words that people read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import translation

from anello.core.modules import get
from anello.core.search.filters import describe
from anello.customers import treatments
from anello.customers.module import PHASES, PURPOSES
from anello.decisions.models import CONTROL, Decision, Policy
from anello.kit.numbers import format_number
from anello.kit.text import L

_PHASES = {option.value: option.label for option in PHASES}
_PURPOSES = {option.value: option.label for option in PURPOSES}


def reasons(decision: Decision) -> list[L]:
    """The steps that led to the decision, in order: who was meant, what allowed it, what the draw said."""
    terms, found = decision.turn.terms, decision.reasons
    return [
        *_meant(decision, terms),
        *_allowed(terms, found),
        *_drawn(decision, terms, found),
        *([L(found["why_not"]["it"], found["why_not"]["en"])] if "why_not" in found else []),
    ]


def in_short(decision: Decision) -> str:
    """The policy and its reason, for whoever carries it out, in that person's language."""
    policy = decision.policy
    with translation.override(decision.owner.language if decision.owner else None):
        words = [f"{policy.name}.", policy.description, *[f"{line}." for line in _meant(decision, decision.turn.terms)]]
        return " ".join(str(word) for word in words if word)


def _meant(decision: Decision, terms: Mapping[str, Any]) -> Iterator[L]:
    if terms["phases"] and decision.phase in _PHASES:
        label = _PHASES[decision.phase]
        yield L(f"È nella fase «{label.it}»", f"The phase is “{label.en}”")
    if terms.get("segment"):
        yield L(f"È nel segmento «{terms['segment']}»", f"Is in the segment “{terms['segment']}”")
    for line in conditions(terms["customer"], terms["condition"]):
        yield L(f"Vale: {line}", f"It holds: {line}")


def conditions(customer: str, tree: Any) -> list[str]:
    """The single conditions of a filter in words, in the reader's language; how they are joined is left out."""
    if not isinstance(tree, Mapping) or not tree:
        return []
    for joint in ("all", "any"):
        if joint in tree:
            return [line for part in tree[joint] for line in conditions(customer, part)]
    if "not" in tree:
        return [str(L(f"non: {line}", f"not: {line}")) for line in conditions(customer, tree["not"])]
    said = describe(get(customer), tree)
    if tree.get("op") in ("has", "has_no") and tree.get("value"):
        inner = conditions(str(tree["field"]).partition(":")[0], tree["value"])
        return [f"{said} ({', '.join(inner)})"]
    return [said]


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
    draw, share = (format_number(round(100 * found["draw"], 2), "it"), format_number(terms["control_share"], "it"))
    if decision.arm == CONTROL:
        yield L(
            f"Estratto {draw} su 100, sotto {share}: tenuto da parte, per confronto",
            f"Drew {draw} of 100, below {share}: held out, for comparison",
        )
        return
    yield L(f"Estratto {draw} su 100, non sotto {share}: trattato", f"Drew {draw} of 100, not below {share}: treated")
    variant = terms["variants"]["AB".index(decision.variant)]
    label = treatments.get_treatment(variant["treatment"]).label
    which = L("in carica", "champion") if decision.variant == "A" else L("sfidante", "challenger")
    if len(terms["variants"]) == 2:
        yield L(
            f"Azione {decision.variant} ({which.it}): {label.it}", f"Action {decision.variant} ({which.en}): {label.en}"
        )
    else:
        yield L(f"Azione: {label.it}", f"Action: {label.en}")


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
