"""The past, lived: many things that happen side by side, told in the order of time by the product's own actions."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
from collections.abc import Generator, Mapping
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from anello.core.accounts.models import User
from anello.core.actions import Context, run
from anello.core.policies import SYSTEM, Actor

ROME = ZoneInfo("Europe/Rome")
OPENS, CLOSES = 8 * 60 + 40, 17 * 60 + 50
"""Office hours, in minutes of the day."""

Wait = float | dt.timedelta | dt.datetime
"""Some days (until an office hour), exactly so long, or until a moment."""
Thread = Generator[Wait, None, None]
"""Something that happens step by step: it yields how long it waits before the next step."""


class Story:
    """Plays threads until `end`. What would come later has not happened yet: that is how today's state comes about.

    Every action bears the moment at which it happens, and events are appended in that order.
    """

    def __init__(self, people: Mapping[str, User], start: dt.datetime, end: dt.datetime, chance: Random) -> None:
        self.people = people
        self.start, self.end, self.now = start, end, start
        self.chance = chance
        self._actors = {name: Actor.of(user) for name, user in people.items()}
        self._waiting: list[tuple[dt.datetime, int, Thread]] = []
        self._order = itertools.count()

    def begin(self, thread: Thread, at: dt.datetime) -> None:
        """Let a thread take its first step at that moment, or now if that is over."""
        heapq.heappush(self._waiting, (max(at, self.now), next(self._order), thread))

    def play(self) -> Generator[float, None, None]:
        """Play to the end; yields now and then how much of the time is told (0 to 1)."""
        told = 0
        while self._waiting and self._waiting[0][0] <= self.end:
            self.now, _, thread = heapq.heappop(self._waiting)
            wait = next(thread, None)
            if wait is not None:
                self.begin(thread, self._moment(wait))
            told += 1
            if told % 50 == 0:
                yield (self.now - self.start) / (self.end - self.start)

    def act(self, who: str | None, action: str, data: Any = None, target: Any = None) -> Any:
        """Run an action now in somebody's name; None is the product itself."""
        actor = self._actors[who] if who else SYSTEM
        pk = getattr(target, "pk", target)
        return run(action, data, Context(actor=actor, via="ui" if who else "system", now=self.now), target=pk)

    def id(self, who: str) -> int:
        """The user's id."""
        return self.people[who].pk

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(ROME).date()

    def days_ago(self, days: float) -> dt.datetime:
        """An office hour that many days before the end of the story, or of the working day before."""
        moment = self.end - dt.timedelta(days=days)
        while moment.astimezone(ROME).weekday() > 4 or (found := self._office(moment)) > self.end:
            moment -= dt.timedelta(days=1)
        return found

    def at(self, day: dt.date, time: str) -> dt.datetime:
        """That time of that day, as the clock on the wall shows it."""
        return dt.datetime.combine(day, dt.time.fromisoformat(time), ROME)

    def _moment(self, wait: Wait) -> dt.datetime:
        if isinstance(wait, dt.datetime):
            return wait
        if isinstance(wait, dt.timedelta):
            return self.now + wait
        return self._office(self.now + dt.timedelta(days=wait))

    def _office(self, moment: dt.datetime) -> dt.datetime:
        """Some office hour of that day, or of the next working day."""
        day = moment.astimezone(ROME).date()
        while day.weekday() > 4:
            day += dt.timedelta(days=1)
        minutes = self.chance.randint(OPENS, CLOSES)
        return dt.datetime.combine(day, dt.time(minutes // 60, minutes % 60, self.chance.randint(0, 59)), ROME)
