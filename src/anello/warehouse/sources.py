"""Outside sources: purchases made elsewhere, by a declared mapping in `ANELLO_HOME/warehouse/sources/NAME.toml`.

```toml
file = "/srv/exports/orders-*.csv"      # or *.parquet; over ADBC, database = "postgresql://…" and query = "SELECT …"
encoding = "cp1252"
separator = ";"
decimal = ","
date = "%d/%m/%Y"
zone = "America/New_York"               # of moments without an offset
currency = "USD"                        # or a column

schedule = "30 2 * * *"                 # when it is read, as cron says it; without it, when somebody asks
key = ["Order", "Line"]                 # what makes a row the same when it comes again

[columns]                               # what it is here = what it is called there
purchase_id = "Order"
at = "Date"
amount = "Net"
email = "Customer e-mail"
```

Nothing of a file lands that does not keep to it: a column that is missing, a byte that is no letter of the encoding, or
too many rows that cannot be read, and the warehouse stays as it was.
"""

from __future__ import annotations

import codecs
import datetime as dt
import glob
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from anello.kit.text import L
from anello.warehouse import building, landing, progress, reading, tombstones
from anello.warehouse.engine import literal, open_database, quote
from anello.warehouse.errors import Broken
from anello.warehouse.hooks import Load, tell
from anello.warehouse.landing import REASONS, File, Manifest
from anello.warehouse.loading import at_work
from anello.warehouse.mappings import Name, Source
from anello.warehouse.outside import COLUMNS, KEYS, TABLE, newest_of

if TYPE_CHECKING:
    import duckdb

STEPS = 4
"""Fetching, reading, landing, building."""
MOST_NOTED = 1000
"""So many rows that were left aside are kept with their reason."""
_OFFSET = re.compile(r"(?<!%)(?:%%)*%[zZ]")


def load(source: Source) -> Load:
    """Land what the source holds now and bring the warehouse up to date; Broken when it does not keep its contract.

    The same rows may come again, late or in another order: by their key they count once, and the newest version does.
    Only what changes something lands.
    """
    with at_work() as workshop:
        started = time.monotonic()
        known = landing.manifests()
        landing.tidy(known)
        number = known[-1].load + 1 if known else 1
        duck = open_database(":memory:", scratch=workshop)
        try:
            progress.note("working", source.name, 0, STEPS)
            with _readable(source):
                _fetch(duck, source, workshop)
                progress.note("working", source.name, 1, STEPS)
                rejected, aside = _read(duck, source)
            before = [
                landing.landing() / f.path
                for m in known
                for f in m.files
                if f.dataset == f"{TABLE}.{source.name}" and f.path
            ]
            progress.note("working", source.name, 2, STEPS)
            tombstones.lay(duck, "good", before)
            files = _land(duck, source, number, before)
        finally:
            duck.close()
        last = next((m for m in reversed(known) if m.source == source.name), None)
        if last is None or files or (rejected, aside) != (last.rejected, last.aside):
            last = Manifest(
                load=number,
                source=source.name,
                at=dt.datetime.now(dt.UTC).isoformat(),
                seconds=round(time.monotonic() - started, 3),
                files=files,
                rejected=rejected,
                aside=aside,
            )
            landing.commit(last)
            known.append(last)
        elif reading.state().get("load") == known[-1].load:
            return Load(last.load, 0, False, time.monotonic() - started)
        progress.note("working", source.name, 3, STEPS)
        rebuilt, touched = building.build(workshop, known, anew=False)
    done = Load(last.load, sum(one.rows for one in files), rebuilt, time.monotonic() - started, touched)
    tell(done)
    return done


@contextmanager
def _readable(source: Source) -> Iterator[None]:
    """What cannot be read for any other reason than the mapping is Broken too, so that its page says so."""
    import duckdb

    try:
        yield
    except (duckdb.Error, OSError, UnicodeError) as error:
        why = str(error).partition("\n")[0]
        raise Broken(
            L(
                f"{source.place} non si legge: {why}. Controlla che sia intero, che Anello possa aprirlo e che la "
                "mappatura lo descriva. Nulla è entrato.",
                f"{source.place} cannot be read: {why}. See whether it is whole, whether Anello may open it and "
                "whether the mapping describes it. Nothing was taken.",
            )
        ) from error


def _fetch(duck: duckdb.DuckDBPyConnection, source: Source, workshop: Path) -> None:
    """Table `raw`: the wanted columns as text, and `_row`, the number of the row in its file."""
    if source.database:
        _ask(duck, source)
    else:
        paths = sorted(glob.glob(source.file))
        if not paths:
            raise Broken(L(f"Non c'è nessun file «{source.file}».", f"There is no file “{source.file}”."))
        for index, path in enumerate(paths):
            given = Path(path)
            if given.suffix == ".parquet":
                relation = f"read_parquet({literal(given)}, file_row_number = true)"
                number = "file_row_number + 1"
            else:
                relation = (
                    f"read_csv({literal(_utf8(source, given, workshop))}, all_varchar = true, header = true, "
                    f"delim = {literal(source.separator)}, quote = '\"', escape = '\"', strict_mode = false, "
                    "parallel = false)"
                )
                number = "row_number() OVER () + 1"
            _require(duck, source, relation, given.name)
            selected = ", ".join(f"CAST({quote(name)} AS VARCHAR) AS {quote(name)}" for name in source.wanted)
            make = "CREATE TABLE raw AS" if index == 0 else "INSERT INTO raw"
            duck.execute(f"{make} SELECT {selected}, {number} AS _row FROM {relation}")


def _utf8(source: Source, path: Path, workshop: Path) -> Path:
    """The file in UTF-8; Broken at the first byte that is no letter of its encoding."""
    target = workshop / f"{path.name}.utf8"
    if codecs.lookup(source.encoding).name != "utf-8" and _is_utf8(path):
        raise Broken(
            L(
                f"{path.name} è in utf-8, non in {source.encoding}: le lettere accentate si guasterebbero. "
                "Correggi «encoding».",
                f"{path.name} is in utf-8, not in {source.encoding}: letters with accents would be spoilt. "
                "Put “encoding” right.",
            )
        )
    try:
        with path.open(encoding=source.encoding, newline="") as given, target.open("w", encoding="utf-8") as text:
            while block := given.read(2**20):
                text.write(block.removeprefix("\ufeff") if text.tell() == 0 else block)
    except UnicodeDecodeError as error:
        raise Broken(
            L(
                f"{path.name} non è in {source.encoding}: il byte {error.start} non si legge. Correggi «encoding».",
                f"{path.name} is not in {source.encoding}: byte {error.start} cannot be read. Put “encoding” right.",
            )
        ) from error
    return target


def _is_utf8(path: Path) -> bool:
    """Whether it holds letters beyond ASCII and all of them are UTF-8: in another encoding that is no accident."""
    decoder, beyond = codecs.getincrementaldecoder("utf-8")(), False
    with path.open("rb") as given:
        try:
            while block := given.read(2**20):
                beyond = beyond or not block.isascii()
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return beyond


def _ask(duck: duckdb.DuckDBPyConnection, source: Source) -> None:
    import adbc_driver_manager.dbapi as adbc
    import adbc_driver_postgresql

    driver = adbc_driver_postgresql._driver_path() if source.driver == "postgresql" else source.driver
    try:
        with adbc.connect(driver=driver, db_kwargs={"uri": source.database}) as there, there.cursor() as cursor:
            cursor.execute(source.query)
            asked = cursor.fetch_arrow_table()
    except adbc.Error as error:
        raise Broken(L(f"{source.name}: {error}", f"{source.name}: {error}")) from error
    duck.register("asked", asked)
    _require(duck, source, "asked", source.name)
    selected = ", ".join(f"CAST({quote(name)} AS VARCHAR) AS {quote(name)}" for name in source.wanted)
    duck.execute(f"CREATE TABLE raw AS SELECT {selected}, row_number() OVER () AS _row FROM asked")


def _require(duck: duckdb.DuckDBPyConnection, source: Source, relation: str, name: str) -> None:
    there = {row[0] for row in duck.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}
    if missing := [column for column in source.wanted if column not in there]:
        lacks, has = ", ".join(missing), ", ".join(sorted(there - {"file_row_number"}))
        raise Broken(
            L(
                f"A {name} mancano le colonne {lacks}; ci sono {has}. Non è entrato nulla.",
                f"{name} lacks the columns {lacks}; it has {has}. Nothing was taken.",
            )
        )


def _read(duck: duckdb.DuckDBPyConnection, source: Source) -> tuple[tuple[dict[str, Any], ...], int]:
    """Table `good` of typed rows; returns those left aside with the reason (the first ones), and how many they are."""
    key = " || '/' || ".join(f"coalesce({quote(c)}, '')" for c in source.key or (source.columns["purchase_id"],))
    values: dict[str, str] = {
        "source": literal(source.name),
        "key": key,
        "purchase_id": _column(source, "purchase_id"),
        "at": _moment(source, "at"),
        "amount": _number(source, "amount"),
        "margin": _number(source, "margin"),
        "currency": f"upper({_column(source, 'currency')})"
        if "currency" in source.columns
        else literal(source.currency),
        "quantity": _number(source, "quantity"),
        "product": f"coalesce({_column(source, 'product')}, '')",
        **{name: f"lower(coalesce(trim({_column(source, name)}), ''))" for name in KEYS},
        "phone": _phone(source),
        "changed": _moment(source, "changed"),
        "forgotten": "NULL::BIGINT",
    }
    selected = ", ".join(f"{value} AS {quote(name)}" for name, value in values.items())
    duck.execute(f"CREATE TABLE typed AS SELECT _row, {selected} FROM raw")
    reason = (
        "CASE WHEN coalesce(purchase_id, '') = '' THEN 'purchase' "
        "WHEN \"at\" IS NULL THEN 'date' "
        "WHEN amount IS NULL THEN 'amount' "
        "WHEN length(coalesce(currency, '')) <> 3 THEN 'currency' "
        "WHEN external_id || email || phone || tax_code = '' THEN 'customer' END"
    )
    duck.execute(f"CREATE TABLE judged AS SELECT *, {reason} AS reason FROM typed")
    # Of rows with one key the newest counts: which one that is must not be left to chance.
    duck.execute(
        f"UPDATE judged SET reason = 'key' WHERE reason IS NULL AND key IN (SELECT key FROM (SELECT key, "
        f"hash({', '.join(map(quote, values))}) AS said FROM judged WHERE reason IS NULL "
        "QUALIFY changed IS NOT DISTINCT FROM max(changed) OVER (PARTITION BY key)) "
        "GROUP BY key HAVING min(said) <> max(said))"
    )
    duck.execute("CREATE TABLE good AS SELECT * FROM judged WHERE reason IS NULL")
    every, bad = duck.execute("SELECT count(*), count(reason) FROM judged").fetchall()[0]
    found = duck.execute(
        "SELECT _row, reason FROM judged WHERE reason IS NOT NULL ORDER BY _row LIMIT ?", [MOST_NOTED]
    ).fetchall()
    if every and bad / every > source.tolerated:
        row, why = found[0][0], REASONS[found[0][1]]
        raise Broken(
            L(
                f"{source.name}: {bad} righe su {every} non vanno bene (riga {row}: {why.it}). Nulla è entrato.",
                f"{source.name}: {bad} of {every} rows cannot be taken (row {row}: {why.en}). Nothing was taken.",
            )
        )
    return tuple({"row": row, "reason": why} for row, why in found), bad


def _column(source: Source, name: Name) -> str:
    return quote(source.columns[name]) if name in source.columns else "NULL::VARCHAR"


def _number(source: Source, name: Name) -> str:
    text = f"trim({_column(source, name)})"
    if source.decimal == ",":
        text = f"replace(replace({text}, '.', ''), ',', '.')"
    return f"TRY_CAST(nullif({text}, '') AS DECIMAL(18, 4))"


def _phone(source: Source) -> str:
    """With its prefix, as the CRM keeps it; without one it is an Italian number."""
    bare = f"regexp_replace(coalesce({_column(source, 'phone')}, ''), '[^0-9+]', '', 'g')"
    text = f"regexp_replace({bare}, '^00', '+')"
    return f"CASE WHEN {text} = '' OR starts_with({text}, '+') THEN {text} ELSE '+39' || {text} END"


def _moment(source: Source, name: Name) -> str:
    """In UTC; a moment without an offset is read in the source's zone, a day begins there."""
    text = f"nullif(trim({_column(source, name)}), '')"
    zone = literal(source.zone or settings.TIME_ZONE)
    if source.date == "iso":
        offset = f"regexp_matches({text}, '([+-][0-9]{{2}}(:?[0-9]{{2}})?|Z)$') AND length({text}) > 10"
        there = f"TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
        here = f"(TRY_CAST({text} AS TIMESTAMP) AT TIME ZONE {zone}) AT TIME ZONE 'UTC'"
        return f"CASE WHEN {offset} THEN {there} ELSE {here} END"
    told = f"try_strptime({text}, {literal(source.date)})"
    if _OFFSET.search(source.date):
        return f"CAST({told} AS TIMESTAMP)"
    return f"({told} AT TIME ZONE {zone}) AT TIME ZONE 'UTC'"


def _land(duck: duckdb.DuckDBPyConnection, source: Source, number: int, before: Sequence[Path]) -> tuple[File, ...]:
    """Write the rows that change something, their days told by the installation's clock; no file if none does."""
    local = f"((\"at\" AT TIME ZONE 'UTC') AT TIME ZONE {literal(settings.TIME_ZONE)})::DATE"
    special = {"day": local, "_load": str(number)}
    selected = ", ".join(
        f"CAST({special.get(name, quote(name))} AS {kind}) AS {quote(name)}" for name, kind in COLUMNS.items()
    )
    duck.execute(
        f"CREATE TABLE fresh AS SELECT {selected} FROM good "
        "QUALIFY row_number() OVER (PARTITION BY key ORDER BY changed DESC NULLS LAST) = 1"
    )
    if before:
        duck.execute(f"CREATE TABLE known AS {newest_of(before)}")
        same = " AND ".join(f"f.{c} IS NOT DISTINCT FROM k.{c}" for c in map(quote, COLUMNS) if c != quote("_load"))
        older = "coalesce(f.changed < k.changed, f.changed IS NULL AND k.changed IS NOT NULL)"
        duck.execute(f"DELETE FROM fresh f WHERE EXISTS (FROM known k WHERE k.key = f.key AND ({older} OR ({same})))")
    rows = duck.execute("SELECT count(*) FROM fresh").fetchall()[0][0]
    if not rows:
        return ()
    path = landing.place(f"{TABLE}.{source.name}", number)
    duck.execute(f"COPY fresh TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)")
    name = str(path.relative_to(landing.landing()))
    columns = {name: kind for name, kind in COLUMNS.items() if name != "_load"}
    return (File(f"{TABLE}.{source.name}", name, rows, landing.digest(path), columns),)
