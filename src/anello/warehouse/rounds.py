"""When outside sources are read, and how it went the last time: in a small file beside each mapping."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from croniter import croniter
from django.conf import settings
from django.utils import timezone

from anello.kit.text import L
from anello.warehouse import landing, mappings
from anello.warehouse.errors import Broken, WarehouseError
from anello.warehouse.hooks import Load
from anello.warehouse.mappings import Source


@dataclass(frozen=True)
class Outcome:
    """How a source was last read: the load and its rows, or why nothing was taken, in both languages."""

    at: str
    load: int = 0
    rows: int = 0
    it: str = ""
    en: str = ""

    @property
    def moment(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.at)

    @property
    def error(self) -> L | None:
        return L(self.it, self.en) if self.it else None


@dataclass(frozen=True)
class Round:
    """A declared source: its mapping or what is wrong with it, how it went, and when it is next (None: when asked)."""

    name: str
    source: Source | None
    wrong: L | None
    last: Outcome | None
    following: dt.datetime | None


def rounds() -> list[Round]:
    """Every declared source, by name; a mapping that is wrong keeps none of the others."""
    found = []
    for path in sorted(mappings.folder().glob("*.toml")):
        last = _outcome(path)
        try:
            source = mappings.read(path)
        except Broken as error:
            found.append(Round(path.stem, None, error.text, last, None))
        else:
            found.append(Round(path.stem, source, None, last, _following(path, source, last)))
    return found


def due() -> list[str]:
    """The sources whose moment has come."""
    now = timezone.now()
    return [one.name for one in rounds() if one.following and one.following <= now]


def read(name: str) -> Load:
    """Read a source now, and remember how it went; an error is passed on."""
    from anello.warehouse import sources

    path = mappings.folder() / f"{name}.toml"
    try:
        if not path.is_file():
            raise Broken(L(f"Nessuna fonte si chiama «{name}».", f"No source is called “{name}”."))
        done = sources.load(mappings.read(path))
    except WarehouseError as error:
        if path.is_file():
            _note(path, Outcome(timezone.now().isoformat(), it=error.text.it, en=error.text.en))
        raise
    _note(path, Outcome(timezone.now().isoformat(), done.number, done.rows))
    return done


def _following(path: Path, source: Source, last: Outcome | None) -> dt.datetime | None:
    """The first moment of its schedule after it was last tried, or else declared."""
    if not source.schedule:
        return None
    since = last.moment.timestamp() if last else path.stat().st_mtime
    here = dt.datetime.fromtimestamp(since, ZoneInfo(settings.TIME_ZONE))
    moment: dt.datetime = croniter(source.schedule, here).get_next(dt.datetime)
    return moment


def _outcome(path: Path) -> Outcome | None:
    file = path.with_suffix(".json")
    return Outcome(**json.loads(file.read_text())) if file.exists() else None


def _note(path: Path, outcome: Outcome) -> None:
    landing.write_whole(path.with_suffix(".json"), json.dumps(asdict(outcome)))
