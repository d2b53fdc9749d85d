"""Full text: what people type, found as they type it, over all modules at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models import Case, F, IntegerField, Lookup, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from anello.core.modules import Module, all_modules
from anello.core.policies import Actor, can, field_access, visible
from anello.kit.text import normalise

_PHONE = re.compile(r"[+\d][\d\s()./-]{4,}")
CANDIDATES = 100
"""Matches looked at per module before ranking: enough for a screen, bounded for common words."""
FEW = 4
"""Fewer modules than this are all asked for their records at once."""
LARGE = 8 * 2**20
"""Bytes of a table that is not asked beforehand."""


def words_of(text: str) -> list[str]:
    """At most 8 words in normal form; what looks like a phone number is one word."""
    text = normalise(text)[:200]
    if _PHONE.fullmatch(text):
        return ["".join(c for c in text if c.isdigit())]
    return "".join(c if c.isalnum() else " " for c in text).split()[:8]


class Matches(Lookup[Any]):
    """`search_text__matches="ros mar"`: every word begins a word of the document, or shares its Italian stem."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        lhs, parameters = self.process_lhs(compiler, connection)
        words = words_of(str(self.rhs))
        if not words:
            return "TRUE", []
        sql, query = _all_of(words)
        return f"anello_document({lhs}) @@ ({sql})", [*parameters, *query]


def _all_of(words: list[str]) -> tuple[str, list[str]]:
    sql = " && ".join("(to_tsquery('simple', %s) || plainto_tsquery('italian', %s))" for _ in words)
    return sql, [value for word in words for value in (f"{word}:*", word)]


def matching(actor: Actor, module: Module, text: str) -> Q:
    """Records with all the words; a hidden searched field never gives a record away."""
    access = field_access(actor, module)
    if not module.is_record:
        return _contained(module, [n for n in module.search if access[n] != "hidden"], text)
    found = Q(search_text__matches=text)
    if any(access.get(name) == "hidden" for name in (*module.search, *module.leaving)):
        for word in words_of(text):
            found &= Q(title_key__contains=word)
    return found


def _contained(module: Module, names: list[str], text: str) -> Q:
    """Every word in one of the fields: for the small tables without a document of their own."""
    found = Q()
    for word in text.split()[:8]:
        somewhere = Q(pk__in=[])
        for name in names:
            somewhere |= Q(**{f"{module.field(name).lookup}__icontains": word})
        found &= somewhere
    return found


@dataclass(frozen=True)
class Hit:
    """One result: which record, what to show."""

    module: Module
    id: int
    title: str
    subtitle: str
    alike: bool
    """Found by likeness (a typing error), not by its words."""


def suggest(actor: Actor, text: str, *, modules: list[Module] | None = None, size: int = 8) -> list[Hit]:
    """The best `size` records of each module for the words typed: two statements, four when little was found."""
    words = words_of(text)
    searchable = [m for m in modules or all_modules() if m.is_record and m.listed and can(actor, m)]
    if not words or not searchable:
        return []
    said = " ".join(words)
    sql, given = _all_of(words)
    holding = _holding(searchable, f"anello_document(search_text) @@ ({sql})", given)
    hits = _hits(actor, holding, lambda m: matching(actor, m, text), said, size, alike=False)
    if len(hits) < 3 and len("".join(words)) > 3:
        known = {(hit.module.name, hit.id) for hit in hits}
        # Likeness looks at titles only: they are never hidden.
        holding = _holding(searchable, "search_text %%> %s AND title_key %%> %s", [said, said])
        likely = _hits(actor, holding, lambda m: _alike(said), said, size, alike=True)
        hits += [hit for hit in likely if (hit.module.name, hit.id) not in known]
    return hits


def _holding(modules: list[Module], condition: str, given: list[str]) -> list[Module]:
    """The modules whose table holds such a record, whoever may see it, or is too large to be asked twice.

    With dozens of modules of which a few have what is sought, this costs a tenth of asking each for its best records.
    It counts where EXISTS would do: for a first row the planner reads a table from its beginning, which is long where
    there is none.
    """
    if len(modules) < FEW:
        return modules
    parts = " UNION ALL ".join(
        f"SELECT {index} WHERE pg_relation_size('{table}') > {LARGE} "
        f"OR (SELECT count(*) FROM {table} WHERE deleted_at IS NULL AND {condition}) > 0"
        for index, table in enumerate(connection.ops.quote_name(m.model._meta.db_table) for m in modules)
    )
    with connection.cursor() as cursor:
        cursor.execute(parts, given * len(modules))
        return [modules[index] for (index,) in cursor.fetchall()]


def _alike(text: str) -> Q:
    return Q(search_text__trigram_word_similar=text) & Q(title_key__trigram_word_similar=text)


def _hits(actor: Actor, modules: list[Module], condition: Any, text: str, size: int, *, alike: bool) -> list[Hit]:
    if not modules:
        return []
    parts = [_part(actor, module, condition(module), text, size) for module in modules]
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    by_name = {m.name: m for m in modules}
    hits = [
        (row["_rank"], Hit(by_name[row["_module"]], row["pk"], row["title"], row["_subtitle"] or "", alike))
        for row in rows
    ]
    order = {m.name: i for i, m in enumerate(modules)}
    hits.sort(key=lambda pair: (pair[0], order[pair[1].module.name], len(pair[1].title)))
    return [hit for _, hit in hits]


def _part(actor: Actor, module: Module, condition: Q, text: str, size: int) -> QuerySet[Any, Any]:
    access = field_access(actor, module)
    shown = next(
        (n for n in module.search if access[n] != "hidden" and module.field(n).kind in ("text", "email", "phone")), None
    )
    pool = (
        module.model._default_manager.filter(visible(actor, module))
        .filter(condition)
        .order_by()
        .values("pk")[:CANDIDATES]
    )
    rank = Case(
        When(title_key=text, then=0),
        When(title_key__startswith=text, then=1),
        When(title_key__contains=text, then=2),
        default=3,
        output_field=IntegerField(),
    )
    return (
        module.model._default_manager.filter(pk__in=pool)
        .annotate(
            _module=Value(module.name, output_field=models.CharField()),
            _rank=rank,
            _subtitle=Cast(F(shown), models.TextField()) if shown else Value("", output_field=models.TextField()),
        )
        .order_by("_rank", "-updated_at")
        .values("_module", "pk", "title", "_subtitle", "_rank")[:size]
    )
