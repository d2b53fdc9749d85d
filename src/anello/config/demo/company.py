"""Aurora Arredi S.p.A., a maker of office furniture, and twelve months of its life."""

from __future__ import annotations

import bisect
import datetime as dt
import itertools
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from anello.config.demo import (
    Progress,
    catalogue,
    deals,
    diary,
    habits,
    mailings,
    market,
    phases,
    questions,
    staff,
    visits,
)
from anello.config.demo.deals import Desk
from anello.config.demo.market import SELLERS, Market
from anello.config.demo.showroom import FEWEST, SHOPPERS, Showroom
from anello.config.demo.story import ROME, Story, Thread
from anello.config.demo.turns import Turns, asked, defined
from anello.core.actions import Context
from anello.core.events.consumers import drain
from anello.core.events.log import ensure_partitions
from anello.core.modules import get
from anello.core.policies import SYSTEM
from anello.kit.periods import period

YEAR = 420
"""Days that the story tells: twelve whole months of results after a while to get going."""
SEASON = [0.9, 1.0, 1.2, 1.0, 1.1, 1.0, 0.8, 0.35, 1.3, 1.35, 1.15, 0.7]
"""How much is asked for in each month: August is quiet, autumn is not."""
GROWTH = 0.55
"""How much more is asked for at the end of the year than at its beginning."""
QUOTA = {"carla": 72_000, "laura": 48_000, "nicola": 40_000, "olga": 30_000,
         "dario": 55_000, "paolo": 36_000, "rita": 28_000}  # fmt: skip
"""What each salesperson shall sell in a quarter, in euro."""


def found(seed: int, progress: Progress, size: float, now: dt.datetime) -> None:
    """Build the company in an empty database, whole or not at all, its story ending `now`; `size` 0.2 is a fifth."""
    chance = Random(seed)  # noqa: S311 no secrets
    start = now - dt.timedelta(days=YEAR)
    ensure_partitions(start.date(), now.date() + dt.timedelta(days=100))
    with transaction.atomic():
        people = staff.hire(staff.CAST | staff.COLLEAGUES, Context(actor=SYSTEM, via="cli", now=start))
        password = make_password(staff.PASSWORD)
        for user in people.values():
            user.password = password
            user.created_at = start
            user.save(update_fields=["password", "created_at"])
        visits.built(people, start)
        story = Story(people, start, now, chance)
        desk = Desk(Market(story), catalogue.furnish(story))
        _cast_threads(story, desk, size)
        _cast_visits(desk, Random(seed + 1), size)  # noqa: S311 by chances of their own: the rest is as it was
        for part in story.play():
            progress(int(part * 100), 100)
        habits.views(story)
        habits.files(desk)
        habits.at_hand(story)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # nobody could while it was one transaction, and every question to come wants it
    habits.imported(desk)
    habits.look_for_twins()
    drain()
    progress(100, 100)


def _cast_threads(story: Story, desk: Desk, size: float) -> None:
    """Who comes when. The first month enters the customers there were before; then the year takes its course."""
    chance, known = story.chance, desk.market
    for n in range(round(95 * size)):
        old = dt.timedelta(days=chance.randint(200, 2500))
        story.begin(market.organisation(known, old), story.start + dt.timedelta(days=1 + n * 0.3 / size))
    story.begin(mailings.written(story), story.days_ago(150))
    for moment in _moments(story, round(30 * size)):
        story.begin(market.organisation(known), moment)
    for moment in _moments(story, round(40 * size)):
        story.begin(market.private(known), moment)
    for moment in _moments(story, round(75 * size)):
        story.begin(deals.lead(desk), moment)
    story.begin(_recent_leads(desk), story.days_ago(9))
    for moment in _moments(story, round(135 * size), later=30):
        seller = chance.choices(list(SELLERS), list(SELLERS.values()))[0]
        story.begin(deals.sale(desk, seller), moment)
    for moment in _moments(story, round(26 * size), later=40):
        story.begin(deals.renewal(desk, chance.choice(list(SELLERS))), moment)
    stops = {"new": 3, "need": 4, "proposal": 4, "draft": 2, "pending": 3, "sent": 4, "negotiation": 5}
    for n, stop in enumerate(stop for stop, number in stops.items() for _ in range(number)):
        story.begin(deals.sale(desk, "carla", size=1.2, stop=stop), story.days_ago(6 + n * 1.6))
    for n, who in enumerate(["dario", "laura", "rita", "nicola"]):
        story.begin(deals.sale(desk, who, stop="pending"), story.days_ago(30 + n))
    showroom = Showroom(desk, max(FEWEST, round(SHOPPERS * size)))
    story.begin(showroom.open(), story.at(story.start.astimezone(ROME).date() + dt.timedelta(days=2), "19:30"))
    story.begin(phases.followed(story), story.at(story.start.astimezone(ROME).date() + dt.timedelta(days=2), "20:15"))
    turns = Turns(desk, showroom)
    story.begin(turns.comeback(), story.days_ago(218))
    story.begin(turns.second(), story.days_ago(118))
    story.begin(defined(story), story.days_ago(40))
    story.begin(asked(story), story.days_ago(1))
    story.begin(questions.asked(story), story.days_ago(30))
    story.begin(_nights(story), story.at(story.today + dt.timedelta(days=1), "00:05"))
    story.begin(_quotas(story), story.start + dt.timedelta(hours=1))
    story.begin(_diaries(desk), story.days_ago(diary.BEFORE + 24))
    story.begin(habits.yesterday(desk), story.end - dt.timedelta(hours=4))


def _cast_visits(desk: Desk, chance: Random, size: float) -> None:
    """What the technicians do, as soon as there are customers."""
    for moment in _moments(desk.story, round(210 * size), later=30, chance=chance):
        desk.story.begin(visits.visit(desk.market, chance), moment)


def _moments(story: Story, number: int, later: float = 0, chance: Random | None = None) -> list[dt.datetime]:
    """Moments spread over the year by season and growth, the first `later` days after its beginning."""
    chance = chance or story.chance
    days = [story.start + dt.timedelta(days=later + n) for n in range(int(YEAR - later))]
    weights = [
        SEASON[day.month - 1] * (1 + GROWTH * n / len(days)) * (day.astimezone(ROME).weekday() < 5)
        for n, day in enumerate(days)
    ]
    # One by one along the sum of the weights: chance alone would hide the season and the growth.
    sums = list(itertools.accumulate(weights))
    chosen = [days[bisect.bisect(sums, sums[-1] * (n + chance.random()) / number)] for n in range(number)]
    return [story.at(day.astimezone(ROME).date(), "08:50") + _within_a_day(chance) for day in chosen]


def _within_a_day(chance: Random) -> dt.timedelta:
    return dt.timedelta(seconds=chance.randrange(9 * 3600))


def _recent_leads(desk: Desk) -> Thread:
    """The last days bring enough leads to work on."""
    story = desk.story
    for _ in range(16):
        story.begin(deals.lead(desk), story.now)
        yield dt.timedelta(hours=story.chance.uniform(3, 18))


def _nights(story: Story) -> Thread:
    """What the nightly job does to quotes and invoices whose time is over."""
    while True:
        while story.act(None, "sales.expire", {}):
            pass
        yield dt.timedelta(days=3)


def _quotas(story: Story) -> Thread:
    """Quotas of the five quarters that the year touches, and of the next; the team's is the sum."""
    rows: list[dict[str, Any]] = []
    for offset in range(-4, 2):
        quarter = period("quarter", story.end.astimezone(ROME).date(), offset)
        growth = 1 + 0.06 * (offset + 4)
        amounts = {who: round(quota * growth, -3) for who, quota in QUOTA.items()}
        rows += [
            {"salesperson": story.id(who), "unit": "quarter", "start": quarter.start, "amount": amount}
            for who, amount in amounts.items()
        ]
        team = story.people["bruno"].team_id
        rows.append({"sales_team": team, "unit": "quarter", "start": quarter.start, "amount": sum(amounts.values())})
    story.act("bruno", "quota.create", rows)
    yield 0.0


def _diaries(desk: Desk) -> Thread:
    """Everybody's calendar of the last weeks and the next, once their customers are known."""
    diary.plan(desk)
    yield 0.0


def is_empty() -> bool:
    """Whether nobody works here yet."""
    return not get("user").model._default_manager.exists()


def staff_here() -> dict[str, str]:
    """{user name: who that is} of the demo users in this database."""
    known = get("user").model._default_manager.filter(is_active=True, email__endswith=staff.DOMAIN)
    found = set(known.values_list("username", flat=True)) & staff.CAST.keys()
    return {name: staff.CAST[name].words for name in staff.CAST if name in found}
