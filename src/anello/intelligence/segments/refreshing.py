"""Who joined a segment and who left it: the warehouse says who is in it, the difference goes to PostgreSQL by COPY."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from anello import warehouse
from anello.core.actions import Context, Invalid
from anello.core.modules import get
from anello.intelligence.segments.models import Segment, SegmentMember, Size
from anello.intelligence.segments.queries import members_sql
from anello.warehouse.copying import copy, untold
from anello.warehouse.errors import WarehouseError
from anello.warehouse.hooks import FEW

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Difference:
    """What a refresh changed. `ended` are the memberships of those who left, if they are few."""

    count: int
    joined: int
    left: int
    ended: tuple[int, ...] = ()


def refresh(segment: Segment) -> Difference:
    """Bring the members of a dynamic segment to what its definition finds. In a transaction."""
    found = warehouse.sql(f"SELECT id FROM ({members_sql(segment)})")
    with connection.cursor() as cursor:
        _temporary(cursor, found)
        left = _leave(cursor, segment, "AND NOT EXISTS (SELECT 1 FROM segment_found f WHERE f.id = m.{link})")
        joined = _join(cursor, segment)
        cursor.execute("DROP TABLE segment_found")
    return _sized(segment, joined, left)


def renew(ctx: Context, segment: Segment) -> None:
    """Refresh a dynamic segment; what is wrong with its definition is noted, and the members stay as they were.

    An event tells of members who joined or left, none that somebody looked: the warehouse loads what events tell of,
    and after each load all segments are looked at.
    """
    try:
        done = refresh(segment)
    except Invalid as error:
        _note(ctx, segment, error.words)
        return
    except WarehouseError as error:
        _note(ctx, segment, str(error))
        return
    Segment.objects.filter(pk=segment.pk).update(refreshed_at=ctx.now)
    _note(ctx, segment, "")
    tell(ctx, segment, done)


def _note(ctx: Context, segment: Segment, problem: str) -> None:
    if segment.problem != problem[:500]:
        ctx.put(segment, {"problem": problem[:500]})


def tell(ctx: Context, segment: Segment, done: Difference) -> None:
    """The event of a change of members, and those of memberships that ended: the warehouse reads again what events
    name. Who joined it finds by itself."""
    if done.joined or done.left:
        counts = {"count": done.count, "joined": done.joined, "left": done.left}
        ctx.emit("segment.members_changed", segment, data=counts)
    for member in SegmentMember.everything.filter(pk__in=done.ended).order_by("pk"):
        ctx.emit("segment_member.left", member)
    if done.left > len(done.ended):
        ctx.emit("segment_member.left")


def add(segment: Segment, ids: Iterable[int]) -> Difference:
    """Put customers into a static segment. In a transaction."""
    import pyarrow as pa

    with connection.cursor() as cursor:
        _temporary(cursor, pa.table({"id": pa.array(sorted(set(ids)), pa.int64())}))
        joined = _join(cursor, segment)
        cursor.execute("DROP TABLE segment_found")
    return _sized(segment, joined, [])


def remove(segment: Segment, ids: Iterable[int]) -> Difference:
    """Take customers out of a static segment. In a transaction."""
    import pyarrow as pa

    with connection.cursor() as cursor:
        _temporary(cursor, pa.table({"id": pa.array(sorted(set(ids)), pa.int64())}))
        left = _leave(cursor, segment, "AND EXISTS (SELECT 1 FROM segment_found f WHERE f.id = m.{link})")
        cursor.execute("DROP TABLE segment_found")
    return _sized(segment, 0, left)


def _temporary(cursor: Any, ids: pa.Table) -> None:
    cursor.execute("CREATE TEMP TABLE segment_found (id bigint PRIMARY KEY) ON COMMIT DROP")
    copy(cursor, "segment_found", ids)
    cursor.execute("ANALYZE segment_found")


def _leave(cursor: Any, segment: Segment, which: str) -> list[int]:
    link, now = f"{segment.customer}_id", timezone.now()
    cursor.execute(
        f"UPDATE {SegmentMember._meta.db_table} m SET left_at = %s, deleted_at = %s, updated_at = %s, "
        f"version = version + 1 WHERE m.segment_id = %s AND m.deleted_at IS NULL {which.format(link=link)} "
        "RETURNING m.id",
        [now, now, now, segment.pk],
    )
    return [pk for (pk,) in cursor.fetchall()]


def _join(cursor: Any, segment: Segment) -> int:
    link, now = f"{segment.customer}_id", timezone.now()
    table, customers = SegmentMember._meta.db_table, get(segment.customer).model._meta.db_table
    fresh = untold(SegmentMember, {"title", "title_key", "segment_id", link, "joined_at", "created_at", "updated_at"})
    others = "".join(f", {connection.ops.quote_name(name)}" for name in fresh)
    cursor.execute(
        f"INSERT INTO {table} (segment_id, {link}, title, title_key, joined_at, created_at, updated_at{others}) "
        f"SELECT %s, c.id, c.title, c.title_key, %s, %s, %s{', %s' * len(fresh)} "
        # Whoever was deleted since the warehouse was loaded is passed over.
        f"FROM segment_found f JOIN {customers} c ON c.id = f.id AND c.deleted_at IS NULL "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table} m "
        f"WHERE m.segment_id = %s AND m.{link} = c.id AND m.deleted_at IS NULL)",
        [segment.pk, now, now, now, *fresh.values(), segment.pk],
    )
    return int(cursor.rowcount)


def _sized(segment: Segment, joined: int, ended: list[int]) -> Difference:
    left = len(ended)
    count = SegmentMember.objects.filter(segment=segment.pk).count()
    size, new = Size.objects.get_or_create(
        segment=segment, day=timezone.localdate(), defaults={"count": count, "joined": joined, "left": left}
    )
    if not new:
        size.count, size.joined, size.left = count, size.joined + joined, size.left + left
        size.save()
    return Difference(count, joined, left, tuple(ended) if left <= FEW else ())
