"""How the warehouse is: read from small files, without opening it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from anello.kit.text import L
from anello.warehouse import landing, progress, reading
from anello.warehouse.datasets import datasets
from anello.warehouse.landing import Manifest
from anello.warehouse.rounds import Round, rounds

LATE = dt.timedelta(days=2)
"""Older than this, with something new since, and somebody should look."""
RECENT = 20


@dataclass(frozen=True)
class Problem:
    """Something that is not as it should be, and what to do about it."""

    what: L
    advice: L
    severe: bool = False


@dataclass(frozen=True)
class Table:
    """One dataset: rows that are, versions that were, and the last load that brought something."""

    table: str
    label: str
    rows: int
    past: int
    load: int
    at: dt.datetime
    source: str


@dataclass(frozen=True)
class Overview:
    """The whole of it; `at` is the moment of the last load (None before the first)."""

    at: dt.datetime | None = None
    load: int = 0
    seconds: float = 0.0
    anew: bool = False
    tables: Sequence[Table] = ()
    marts: Sequence[tuple[str, int]] = ()
    loads: Sequence[Manifest] = ()
    problems: Sequence[Problem] = ()
    landed_rows: int = 0
    landed_bytes: int = 0
    built_bytes: int = 0
    versions: int = 0
    mart_rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    rounds: Sequence[Round] = ()


def freshness() -> dt.datetime | None:
    """When the warehouse was last brought up to date; None before the first load."""
    state = reading.state()
    checked = progress.current()
    if not state:
        return None
    # A load that found nothing new leaves the warehouse as it is, and yet it is fresh.
    return max(
        dt.datetime.fromisoformat(m) for m in (state["at"], checked.at if checked.state == "done" else state["at"])
    )


def overview() -> Overview:
    """What the page and `anello warehouse status` show."""
    state, known, path = reading.state(), landing.manifests(), reading.built()
    if not state or path is None:
        return Overview(problems=list(_problems(known, {})), rounds=rounds())
    counts: dict[str, int] = state["tables"]
    brought = {one.dataset: manifest for manifest in known for one in manifest.files}
    names = {table: str(d.module.plural) for table, d in datasets().items() if d.module}
    names |= {"event": str(L("Eventi", "Events"))}
    tables = [
        Table(
            table,
            names.get(table, table),
            counts.get(f"main.{table}", counts.get(table, 0)),
            counts.get(f"past.{table}", 0),
            manifest.load,
            dt.datetime.fromisoformat(manifest.at),
            manifest.source,
        )
        for table, manifest in brought.items()
    ]
    marts = [(name.removeprefix("mart."), n) for name, n in counts.items() if name.startswith("mart.")]
    return Overview(
        at=freshness(),
        load=state["load"],
        seconds=state["seconds"],
        anew=state["anew"],
        tables=sorted(tables, key=lambda one: (-one.rows, one.label)),
        marts=marts,
        loads=known[: -RECENT - 1 : -1],
        problems=list(_problems(known, state)),
        landed_rows=sum(one.rows for m in known for one in m.files),
        landed_bytes=sum(p.stat().st_size for p in landing.landing().rglob("*.parquet")),
        built_bytes=path.stat().st_size,
        versions=sum(n for name, n in counts.items() if name.startswith(("main.", "past."))),
        mart_rows=sum(n for name, n in counts.items() if name.startswith("mart.") and name != "mart.load"),
        counts=counts,
        rounds=rounds(),
    )


def _problems(known: Sequence[Manifest], state: dict[str, Any]) -> Iterator[Problem]:
    now, told, declared = progress.current(), set[str](), rounds()
    for one in declared:
        error = one.wrong or (one.last and one.last.error)
        if error:
            yield Problem(
                L(f"Fonte «{one.name}»: {error.it}", f"Source “{one.name}”: {error.en}"),
                L(
                    "Il magazzino è rimasto com'era. Togli la causa e carica di nuovo la fonte.",
                    "The warehouse stayed as it was. Remove the cause and load the source again.",
                ),
                severe=True,
            )
            told |= {error.it, error.en}
    if now.state == "failed" and now.error not in told:
        yield Problem(
            L(f"L'ultimo carico non è riuscito: {now.error}", f"The last load failed: {now.error}"),
            L(
                "Il magazzino è rimasto com'era. Togli la causa e carica di nuovo.",
                "The warehouse stayed as it was. Remove the cause and load again.",
            ),
            severe=True,
        )
    if now.state == "interrupted":
        yield Problem(
            L("L'ultimo carico è stato interrotto.", "The last load was cut short."),
            L(
                "Il magazzino è rimasto com'era; entro cinque minuti si riprova.",
                "The warehouse stayed as it was; within five minutes it is tried again.",
            ),
        )
    fresh = freshness()
    if fresh and timezone.now() - fresh > LATE:
        yield Problem(
            L("Da più di due giorni non si carica nulla.", "Nothing was loaded for more than two days."),
            L("Controlla che «anello run» sia in funzione.", "See whether “anello run” is running."),
        )
    for why, what, count in state.get("left_out", []):
        if why == "rate":
            yield Problem(
                L(f"{count} acquisti in {what} restano fuori: manca il cambio.",
                  f"{count} purchases in {what} are left out: there is no exchange rate."),
                L("Aggiungi il cambio in «Cambi», o scegli la valuta di base con BASE_CURRENCY.",
                  "Add one under “Exchange rates”, or choose the base currency with BASE_CURRENCY."),
            )  # fmt: skip
        else:
            yield Problem(
                L(f"{count} righe di «{what}» non sono di nessun cliente che conosciamo.",
                  f"{count} rows of “{what}” belong to no customer we know."),
                L("Importa i clienti, o completa codice esterno, e-mail, telefono o codice fiscale: poi entrano.",
                  "Import the customers, or complete external id, e-mail, phone or tax code: then they come in."),
            )  # fmt: skip
    newest = {manifest.source: manifest for manifest in known}
    for one in declared:
        manifest = newest.get(one.name)
        if manifest and manifest.rejected:
            first = manifest.rejected[0]
            why = landing.REASONS[first["reason"]]
            yield Problem(
                L(f"Fonte «{one.name}», carico {manifest.load}: {manifest.aside} righe scartate "
                  f"(la prima: riga {first['row']}, {why.it}).",
                  f"Source “{one.name}”, load {manifest.load}: {manifest.aside} rows left aside "
                  f"(the first: row {first['row']}, {why.en})."),
                L("Correggi le righe nella fonte: al prossimo carico entrano.",
                  "Put the rows right at the source: the next load takes them in."),
            )  # fmt: skip
