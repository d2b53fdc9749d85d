"""What is asked of segments."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anello.core.actions import Invalid
from anello.core.modules import get
from anello.core.policies import SYSTEM, Actor, visible
from anello.intelligence.segments.definition import members, predicate, seen
from anello.intelligence.segments.models import Segment, SegmentMember, Size
from anello.warehouse import landing, reading

if TYPE_CHECKING:
    import duckdb

PATIENCE = 15
"""Seconds after which a question of the builder is given up."""
SAMPLE = 8
LOOK = 0.1
"""Seconds between two looks at whether somebody stopped it."""


class Stopped(Exception):
    """A newer question took the place of this one, somebody stopped it, or it took too long."""


def members_sql(segment: Segment) -> str:
    """DuckDB's SQL of who is in a segment now: (kind, id), one row each."""
    return f"SELECT c.kind, c.id FROM mart.customer c WHERE c.kind = '{segment.customer}' AND {members(segment)}"


def named(pk: int, actor: Actor = SYSTEM) -> Segment | None:
    """A living segment that the actor may see."""
    return Segment.objects.filter(visible(actor, "segment"), pk=pk).first()


@contextmanager
def asking(key: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for one person's questions, whose former ones stop; Stopped when this one is.

    Who asks is noted in a file beside the warehouse, for the next question may come to another process.
    """
    import duckdb

    own, mark, mine, done = reading.cursor(), _mark(key), secrets.token_hex(8), threading.Event()
    mark.parent.mkdir(exist_ok=True)
    mark.write_text(mine)
    late = time.monotonic() + PATIENCE

    def watch() -> None:
        while not done.wait(LOOK):
            if time.monotonic() > late or _noted(mark) != mine:
                own.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        with reading.asked():
            yield own
    except duckdb.InterruptException as error:
        raise Stopped from error
    finally:
        done.set()
        watcher.join()


def stop(key: str) -> None:
    """Give up the question that is being asked."""
    _mark(key).unlink(missing_ok=True)


def _noted(mark: Path) -> str:
    try:
        return mark.read_text()
    except FileNotFoundError:
        return ""


def _mark(key: str) -> Path:
    return landing.home() / "asking" / hashlib.sha256(key.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Glance:
    """What a definition would find of those the reader may see. `sample` is (id, title) of some of them."""

    count: int
    total: int
    sample: list[tuple[int, str]]
    overlaps: list[tuple[Segment, int]]

    @property
    def share(self) -> float:
        return self.count / self.total if self.total else 0.0


def glance(actor: Actor, kind: str, tree: Any, *, key: str) -> Glance:
    """Count and sample; Invalid when the definition is broken, Stopped when it was given up."""
    return _glance(actor, kind, predicate(actor, kind, tree), key, None)


def glance_at(actor: Actor, segment: Segment, *, key: str) -> Glance:
    """The same of a stored segment, with its overlap with the others."""
    return _glance(actor, segment.customer, members(segment), key, segment)


def _glance(actor: Actor, kind: str, condition: str, key: str, segment: Segment | None) -> Glance:
    base = f"FROM mart.customer c WHERE c.kind = '{kind}' AND {seen(actor, kind)}"
    with asking(key) as duck:
        total = duck.execute(f"SELECT count(*) {base}").fetchall()[0][0]
        # Counted and sampled in one pass; in a WHERE, conditions skip what they cannot meet, in a FILTER they do not.
        count, first = duck.execute(f"SELECT count(*), min(c.id, {SAMPLE}) {base} AND {condition}").fetchall()[0]
        chosen = ", ".join(map(str, first or [0]))
        sample = duck.execute(f"SELECT c.id, c.title {base} AND c.id IN ({chosen}) ORDER BY c.id").fetchall()
        overlaps = _overlaps(duck, actor, kind, f"{base} AND {condition}", segment) if count and segment else []
    return Glance(count, total, sample, overlaps)


def _overlaps(
    duck: duckdb.DuckDBPyConnection, actor: Actor, kind: str, base: str, segment: Segment
) -> list[tuple[Segment, int]]:
    others = []
    for other in Segment.objects.filter(visible(actor, "segment"), customer=kind).exclude(pk=segment.pk)[:12]:
        try:
            others.append((other, members(other)))
        except Invalid:
            continue  # its own page says what is wrong with it
    if not others:
        return []
    counts = ", ".join(f"count(*) FILTER (WHERE {condition})" for _, condition in others)
    row: Sequence[int] = duck.execute(f"SELECT {counts} {base}").fetchall()[0]
    found = [(other, count) for (other, _), count in zip(others, row, strict=True) if count]
    return sorted(found, key=lambda pair: -pair[1])


def sizes(segment: Segment, days: int = 365) -> list[Size]:
    """How many were in it, day by day."""
    return list(segment.sizes.order_by("-day")[:days])[::-1]


def listed(actor: Actor, kind: str, *, static: bool = False) -> list[Segment]:
    """The segments of these customers that the actor may see; `static`, those whose members they may choose."""
    found = Segment.objects.filter(visible(actor, "segment", "edit" if static else "view"), customer=kind)
    return list((found.filter(kind="static") if static else found).order_by("title_key", "pk"))


def memberships(actor: Actor, kind: str, pk: int) -> list[SegmentMember]:
    """The segments in which a customer is."""
    mine = SegmentMember.objects.filter(visible(actor, "segment_member"), **{kind: pk})
    return list(mine.filter(segment__in=Segment.objects.filter(visible(actor, "segment"))).select_related("segment"))


def memberships_at(link: str, customer: str, at: str) -> str:
    """PostgreSQL's SQL of the segments in which a customer was at a moment: rows of `segment_id`.

    `link` is "person" or "organisation"; `customer` and `at` are SQL of the query around it.
    """
    return (
        f"SELECT segment_id FROM {SegmentMember._meta.db_table} WHERE {link}_id = {customer} "
        f"AND joined_at <= {at} AND (left_at IS NULL OR left_at > {at})"
    )


def known(actor: Actor, kind: str, ids: Sequence[int]) -> set[int]:
    """Those of the customers whom the actor may see."""
    model = get(kind).model
    return set(model._default_manager.filter(visible(actor, kind), pk__in=ids).values_list("pk", flat=True))
