"""Model cards: what a fit says of itself, and why it may not be used."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from django.conf import settings
from django.utils import translation
from pydantic import BaseModel, ConfigDict, Field

from anello.core.actions import Context, NotFound, action, run
from anello.core.ui import formats
from anello.intelligence.numerics import CannotFit
from anello.intelligence.value.models import ModelRun
from anello.kit.text import L

WORDS = {
    "few_customers": L(
        "Ci sono {found} clienti che hanno acquistato, ne servono almeno {needed}.",
        "There are {found} customers who have bought; at least {needed} are needed.",
    ),
    "few_repeats": L(
        "Solo {found} clienti hanno acquistato più di una volta, ne servono almeno {needed}: chi compra una volta sola "
        "non dice quando tornerà.",
        "Only {found} customers have bought more than once; at least {needed} are needed. Those who buy once do not "
        "say when they return.",
    ),
    "no_time": L(
        "Tutti gli acquisti sono dell'ultimo giorno: manca il tempo in cui osservarli.",
        "All purchases are of the last day: there is no time to observe.",
    ),
    "one_value": L("Tutti gli importi sono uguali.", "All amounts are the same."),
    "no_dropout": L(
        "Nei dati nessuno sembra smettere di acquistare: il modello non distingue chi è andato via.",
        "Nobody seems to stop buying in these data: the model cannot tell who has left.",
    ),
    "alike": L(
        "Tutti i clienti sembrano acquistare allo stesso ritmo: il modello non li distingue.",
        "All customers seem to buy at one pace: the model cannot tell them apart.",
    ),
    "no_mean": L(
        "Gli importi sono così diversi tra loro che una media non esiste.",
        "Amounts are so different that a mean does not exist.",
    ),
    "not_unique": L(
        "Parametri molto diversi spiegano i dati altrettanto bene: servono più clienti o più tempo.",
        "Very different parameters explain the data equally well: more customers or more time are needed.",
    ),
    "no_holdout": L(
        "Il periodo per la verifica è di {weeks} settimane, ne servono almeno {needed}.",
        "The period to check against is {weeks} weeks; at least {needed} are needed.",
    ),
    "one_outcome": L(
        "È successa sempre la stessa cosa: non c'è niente da distinguere.",
        "The same happened to all: there is nothing to tell apart.",
    ),
    "few_examples": L(
        "Gli esempi sono {found}, ne servono almeno {needed}.",
        "There are {found} examples; at least {needed} are needed.",
    ),
    "few_people": L(
        "Ci sono {found} persone, ne servono almeno {needed} per imparare che cosa le distingue.",
        "There are {found} people; at least {needed} are needed to learn what tells them apart.",
    ),
    "few_columns": L(
        "Solo {found} dati sono compilati abbastanza da confrontarli, ne servono almeno {needed}: servono date di "
        "nascita, e-mail, telefoni, codici fiscali o indirizzi.",
        "Only {found} fields are filled often enough to compare; at least {needed} are needed: birth dates, e-mails, "
        "phones, tax codes or addresses.",
    ),
    "few_pairs": L(
        "Solo {found} coppie sono doppioni sicuri, ne servono almeno {needed} da cui imparare.",
        "Only {found} pairs are certain doubles; at least {needed} are needed to learn from.",
    ),
    "one_sided": L(
        "Le coppie che sembrano la stessa persona si somigliano quanto le altre: i dati non le distinguono.",
        "Pairs that look like one person are no more alike than others: the data do not tell them apart.",
    ),
    "baseline": L(
        "Sul periodo di verifica non fa meglio del confronto ingenuo, e quindi non si usa.",
        "On the period kept apart it does no better than the naive baseline, and so it is not used.",
    ),
}


def why_not(cause: dict[str, Any]) -> str:
    """The reason in the reader's words; empty for a model that is used."""
    if not cause:
        return ""
    shown = {name: formats.number(value, 0) for name, value in cause.items() if isinstance(value, int | float)}
    return str(WORDS[cause["cause"]]).format_map(shown)


class Card(BaseModel):
    """A model run before it is kept."""

    model_config = ConfigDict(extra="forbid")
    kind: str
    of: str
    until: dt.date
    accepted: bool
    cause: dict[str, Any] = Field(default_factory=dict)
    parameters: dict[str, Any] = Field(default_factory=dict)
    measures: dict[str, float] = Field(default_factory=dict)
    baseline: dict[str, float] = Field(default_factory=dict)
    plots: list[dict[str, Any]] = Field(default_factory=list)

    @classmethod
    def silent(cls, kind: str, of: str, until: dt.date, reason: CannotFit) -> Card:
        """Of a model that cannot be fitted."""
        return cls(kind=kind, of=of, until=until, accepted=False, cause={"cause": reason.cause, **reason.facts})


def keep(card: Card, ctx: Context | None = None) -> ModelRun:
    """Store a card; the newest accepted one of its kind is what scoring uses."""
    kept: ModelRun = run("model_run.keep", card, ctx or Context(via="job"))
    return kept


@action("model_run.keep", input=Card)
def keep_card(ctx: Context, card: Card) -> ModelRun:
    """The product's own."""
    if not ctx.actor.system:
        raise NotFound("model_run.keep")
    from anello.intelligence.value.module import MODEL_RUN

    made = ModelRun(**_storable(card.model_dump()), fitted_at=ctx.now, created_at=ctx.now, updated_at=ctx.now)
    with translation.override(settings.LANGUAGE_CODE):
        made.title = MODEL_RUN.title(made)[:300]
    made.title_key = made.title.casefold()[:100]
    made.save()
    ctx.emit("model_run.fitted", made, data={"kind": card.kind, "of": card.of, "accepted": card.accepted})
    return made


def _storable(value: Any) -> Any:
    """JSON has no infinite and no missing numbers."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value


def newest(kind: str, of: str, *, accepted: bool = True) -> ModelRun | None:
    """The latest run of a kind; by default the latest that is used."""
    found = ModelRun.objects.filter(kind=kind, of=of)
    return (found.filter(accepted=True) if accepted else found).order_by("-fitted_at", "-pk").first()
