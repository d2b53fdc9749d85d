"""Definitions as sentences, and the conditions that the builder's form describes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils import translation

from anello.core.actions import Invalid
from anello.core.modules import Module, all_modules, get
from anello.core.policies import Actor, can
from anello.core.search.records import titles_of
from anello.core.ui import formats
from anello.core.ui.lists import conditions
from anello.core.ui.lists.conditions import Chip, Part
from anello.customers.module import PHASES
from anello.intelligence.segments import queries
from anello.intelligence.segments.behaviour import Behaviour, understood
from anello.intelligence.segments.definition import OWN
from anello.kit import numbers
from anello.kit.errors import BadValue
from anello.kit.numbers import whole
from anello.kit.text import L

MEASURES: dict[str, L] = {
    "times_gte": L("almeno … volte", "at least … times"),
    "times_lte": L("al massimo … volte", "at most … times"),
    "times_is": L("esattamente … volte", "exactly … times"),
    "none": L("mai da … giorni", "not for … days"),
    "spent_gte": L("per almeno … in tutto", "for at least … altogether"),
    "spent_lte": L("per al massimo … in tutto", "for at most … altogether"),
    "cadence": L("non da più di … volte il suo ritmo", "not for … times their own interval"),
}
ONLY_PURCHASES = ("spent_gte", "spent_lte", "cadence")
NUMBER = L("Serve un numero.", "A number is needed.")
NOT = L("non", "not")
HAS = {"has": L("ha", "has"), "has_no": L("non ha", "has no")}


def subjects(actor: Actor) -> dict[str, L]:
    """What a condition may be about besides fields."""
    found = {}
    if can(actor, "order"):
        found["purchase"] = L("Acquisti", "Purchases")
    if can(actor, "interaction"):
        found["interaction"] = L("Contatti", "Contacts")
    return {**found, **events(actor), "segment": L("Un altro segmento", "Another segment")}


def events(actor: Actor) -> dict[str, L]:
    """{`event:opportunity.won`: words}: what modules tell on the timelines of customers."""
    found = {}
    for module in all_modules():
        for kind in module.timeline.kinds if module.timeline and can(actor, module) else ():
            found[f"event:{module.name}.{kind}"] = event_words(module, kind)
    return found


def event_words(module: Module, kind: str) -> L:
    """`Opportunity: won`: an event of a module's timeline."""
    words = _KINDS.get(kind, L(kind, kind))
    return L(f"{module.names.it}: {words.it}", f"{module.names.en}: {words.en}")


_KINDS = {
    "created": L("creazione", "created"), "completed": L("conclusione", "done"),
    "reopened": L("riapertura", "reopened"), "won": L("vittoria", "won"), "lost": L("perdita", "lost"),
    "convert": L("conversione", "converted"),
    "send": L("invio", "sent"), "accept": L("accettazione", "accepted"), "decline": L("rifiuto", "declined"),
    "expired": L("scadenza", "expired"), "confirm": L("conferma", "confirmed"), "fulfil": L("evasione", "fulfilled"),
    "cancel": L("annullamento", "cancelled"), "issue": L("emissione", "issued"), "pay": L("pagamento", "paid"),
    "overdue": L("ritardo", "overdue"), "credit": L("storno", "credited"), "sent": L("invio", "sent"),
    "clicked": L("clic", "clicked"), "bounced": L("mancata consegna", "bounced"),
    "unsubscribed": L("disiscrizione", "unsubscribed"),
}  # fmt: skip
"""Nouns in Italian, which need not agree with the module's gender."""


def chips(actor: Actor, kind: str, tree: Any) -> tuple[str, list[Chip]]:
    """The definition as chips, those of the lists' filters for conditions on fields."""
    joint, plain = conditions.chips(actor, get(kind), tree)
    found = []
    for chip, item in zip(plain, conditions.normal(tree)[1], strict=True):
        inner, leaves = conditions.normal(item)
        if any(_own(leaf) for leaf in leaves):
            several = len(leaves) > 1
            parts = [
                Part(f"{chip.at}.{j}" if several else chip.at, sentence(actor, kind, leaf), "", "", False)
                for j, leaf in enumerate(leaves)
            ]
            found.append(Chip(chip.at, parts, str(conditions.AND if inner == "all" else conditions.OR)))
        else:
            found.append(chip)
    return joint, found


def _own(leaf: Any) -> bool:
    return isinstance(leaf, Mapping) and (any(word in leaf for word in OWN) or "not" in leaf)


def sentence(actor: Actor, kind: str, leaf: Any) -> str:
    """A condition as people read it; one that cannot be understood says what is wrong."""
    if not isinstance(leaf, Mapping):
        return str(leaf)
    for word, joint in (("all", conditions.AND), ("any", conditions.OR)):
        if isinstance(leaf.get(word), list):
            return f" {joint} ".join(sentence(actor, kind, part) for part in leaf[word])
    if "not" in leaf:
        return f"{NOT} ({sentence(actor, kind, leaf['not'])})"
    if "behaviour" in leaf:
        try:
            return behaves(actor, understood(leaf))
        except Invalid as error:
            return error.words
    if "segment" in leaf:
        pk = whole(leaf["segment"])
        found = queries.named(pk, actor) if pk is not None else None
        return str(L("è nel segmento «{}»", "is in the segment “{}”")).format(found.name if found else "?")
    if "phase" in leaf:
        many = leaf["phase"] if isinstance(leaf["phase"], list) else [leaf["phase"]]
        names = [str(option.label) for option in PHASES if option.value in many]
        return str(L("è nella fase", "is in the phase")) + " " + f" {conditions.OR} ".join(names)
    other, _, link = str(leaf.get("field", "")).partition(":")
    if link and leaf.get("op") in HAS and other in {module.name for module in all_modules()}:
        said = f"{HAS[leaf['op']]} {str(get(other).plural).lower()}"
        return f"{said} ({sentence(actor, other, leaf['value'])})" if leaf.get("value") else said
    return " ".join(
        part.strip()
        for chip in conditions.chips(actor, get(kind), {"all": [leaf]})[1]
        for part in (f"{one.subject} {one.operator} {one.value}" for one in chip.parts)
    )


def behaves(actor: Actor, one: Behaviour) -> str:
    """`bought at least 2 times in the last 365 days`."""
    did, did_not = _verbs(actor, one)
    if one.cadence is not None:
        often = formats.number(one.cadence.gt)
        return str(
            L(
                f"non compra da più di {often} volte il suo ritmo",
                f"silent for more than {often} times their own interval",
            )
        )
    if one.none_for_days:
        return f"{did_not} " + str(L(f"da {one.none_for_days} giorni", f"for {one.none_for_days} days"))
    if one.spent is not None:
        said = [_compared(op, _money(value)) for op, value in one.spent.model_dump(exclude_none=True).items()]
        did = str(L("ha speso", "spent"))
    else:
        assert one.times is not None
        said = [_times(op, n) for op, n in one.times.model_dump(exclude_none=True, by_alias=True).items()]
    return " ".join([did, f" {conditions.AND} ".join(said), *_when(one)])


def _verbs(actor: Actor, one: Behaviour) -> tuple[str, str]:
    if one.behaviour == "purchase":
        what = ""
        if one.where.product:
            title = titles_of(actor, get("product"), {one.where.product}).get(("product", one.where.product), "?")
            what = f" «{title}»"
        return str(L("ha acquistato", "bought")) + what, str(L("non acquista", "has not bought")) + what
    if one.behaviour == "interaction":
        how = f" ({one.where.channel})" if one.where.channel else ""
        return str(L("ha avuto contatti", "was in contact")) + how, str(L("nessun contatto", "no contact")) + how
    words = str(events(actor).get(one.behaviour, one.behaviour))
    return f"«{words}»", str(L("mai", "never")) + f" «{words}»"


def _compared(op: str, value: object) -> str:
    words = {"gte": L("almeno", "at least"), "lte": L("al massimo", "at most"), "is": L("esattamente", "exactly")}
    return f"{words[op]} {value}"


def _times(op: str, n: int) -> str:
    return _compared(op, n) + " " + str(L("volta" if n == 1 else "volte", "time" if n == 1 else "times"))


def _when(one: Behaviour) -> list[str]:
    if one.within_days:
        return [str(L(f"negli ultimi {one.within_days} giorni", f"in the last {one.within_days} days"))]
    if one.between:
        low, high = (formats.day(day) for day in one.between)
        return [str(L(f"tra il {low} e il {high}", f"between {low} and {high}"))]
    return []


def _money(amount: Decimal) -> str:
    return formats.money(amount, settings.BASE_CURRENCY)


def from_form(data: QueryDict) -> dict[str, Any]:
    """The condition that the builder's form describes; Invalid when a number is missing."""
    what = data.get("what", "")
    if what == "segment":
        leaf: dict[str, Any] = {"segment": whole(data.get("segment", ""))}
        return {"not": leaf} if data.get("outside") else leaf
    leaf = {"behaviour": what}
    measure = data.get("measure", "times_gte")
    number = _number(data.get("number", ""))
    word, _, op = measure.partition("_")
    if measure == "none":
        leaf["none_for_days"] = int(number)
    elif measure == "cadence":
        leaf["cadence"] = {"gt": float(number)}
    else:
        leaf[word] = {op: int(number) if word == "times" else float(number)}
        if str(data.get("days", "")).strip():
            leaf["within_days"] = int(_number(data.get("days", "")))
    where: dict[str, Any] = {"channel": data.get("channel")} if data.get("channel") else {}
    if (product := whole(data.get("product", ""))) is not None:
        where["product"] = product
    if where:
        leaf["where"] = where
    return leaf


def _number(text: Any) -> Decimal:
    try:
        return Decimal(str(numbers.parse_number(str(text).strip(), translation.get_language() or "it")))
    except (BadValue, ValueError, ArithmeticError) as error:
        raise Invalid({"filter": [NUMBER]}) from error
