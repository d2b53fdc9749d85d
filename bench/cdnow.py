"""CDNOW end to end, by the product's own ways: `python -m bench.cdnow [FILE]`.

The purchases of 1997 and 1998 are imported; as of the evening of 1997-09-30 phases and expected values are worked out
and a policy decides, by expected value, on whom to spend; what these people then bought until 1998-06-30 is the
outcome. Nobody was treated in truth (its decisions wait for an approval that nobody gives), so that treated and held
out differ by chance alone: the measured lift has to be compatible with nothing at all.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FILE = Path(__file__).resolve().parents[2] / "shared" / "data" / "cdnow_master.txt"
CUT, END = dt.date(1997, 9, 30), dt.date(1998, 6, 30)
WINDOW = (END - CUT).days
SHARE = 20
"""Percent of the candidates for whom there is money."""
CONTROL = 30
"""Percent held out."""
SEED = "cdnow"
"""Of the policy's draw, so that every walk decides alike."""


@dataclass(frozen=True)
class Decile:
    """A tenth of the customers by expected value: what was expected of each, and what they then spent."""

    customers: int
    expected: float
    purchases: float
    spent: float


@dataclass(frozen=True)
class Found:
    """What the walk came to. Amounts in the file's currency; `lift` are intervals of treated minus held out."""

    people: int
    orders: int
    phases: dict[str, int]
    deciles: list[Decile]
    candidates: int
    treated: int
    held: int
    conversion: Any
    revenue: Any
    chosen_spent: float
    others_spent: float

    @property
    def control_share(self) -> float:
        return self.held / (self.treated + self.held)


def walk(file: Path, actor: Any, say: Callable[[str], None] = lambda words: None) -> Found:
    """Everything, in an empty installation whose base currency is that of the file; `actor` may do it all."""
    from anello import warehouse
    from anello.core.actions import Context, run
    from anello.core.events.log import ensure_partitions
    from anello.core.exchange import importer
    from anello.core.modules import get
    from anello.decisions import lift
    from anello.intelligence.lifecycle import phases
    from anello.intelligence.lifecycle.rules import ensure
    from anello.intelligence.value import fitting, scoring
    from anello.intelligence.value.cards import keep, why_not

    done = importer.run_file("person", file, "cdnow", actor)
    counts = {name: count.get("created", 0) for name, count in done.counts.items()}
    say("imported: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))
    loaded = warehouse.load()
    say(f"warehouse: {loaded.rows:,} rows")

    model = keep(fitting.fit("person", CUT))
    say(f"value model as of {CUT}: {'used' if model.accepted else why_not(model.cause)}")
    scoring.score("person", CUT)
    ensure()
    phases.refresh("person", as_of=CUT)
    sizes = _phases()
    say("phases: " + ", ".join(f"{phase} {count:,}" for phase, count in sizes.items()))

    evening = dt.datetime.combine(CUT, dt.time(23, 59), ZoneInfo("Europe/Rome"))
    ensure_partitions(CUT, CUT)

    def act(action: str, data: dict[str, Any], target: Any = None) -> Any:
        return run(action, data, Context(actor=actor, via="cli", now=evening), target=target)

    meant = [phase for phase in sizes if phase != "prospect"]
    money = sum(sizes[phase] for phase in meant) * SHARE // 100
    task = {"treatment": "task", "parameters": {"subject": "Sentire {{ customer.title }}"}, "cost": 1}
    policy = act("policy.create", {
        "name": "CDNOW", "phases": meant, "variants": [task], "rank": "clv", "budget": money, "ask": True,
        "control_share": CONTROL, "window_days": WINDOW, "measure": "revenue",
    })  # fmt: skip
    get("policy").model._default_manager.filter(pk=policy.pk).update(seed=SEED)
    for step in ("simulate", "start", "decide"):
        act(f"policy.{step}", {}, policy)
    run("policy.measure", {}, Context(actor=actor, via="cli"), target=policy)
    policy.refresh_from_db()
    measured, turn = lift.of_policy(policy), policy.turns.get()
    chosen, others = _spent(policy.pk)
    return Found(
        people=get("person").model._default_manager.count(),
        orders=get("order").model._default_manager.count(),
        phases=sizes,
        deciles=_deciles(),
        candidates=turn.candidates,
        treated=turn.treated,
        held=turn.held,
        conversion=measured.conversion,
        revenue=measured.money,
        chosen_spent=chosen,
        others_spent=others,
    )


def _phases() -> dict[str, int]:
    from django.db.models import Count

    from anello.core.modules import get

    rows = get("person").model._default_manager.order_by().values_list("phase").annotate(Count("pk"))
    return dict(sorted(rows))


def _later() -> dict[int, tuple[int, float]]:
    """{person: purchases and amount after the cut}."""
    from anello import warehouse

    rows = warehouse.sql(
        "SELECT id, count(*) AS times, sum(amount)::DOUBLE AS amount FROM mart.purchase "
        "WHERE kind = 'person' AND amount > 0 AND day > $cut AND day <= $last GROUP BY id",
        {"cut": CUT, "last": END},
    ).to_pylist()
    return {row["id"]: (row["times"], row["amount"]) for row in rows}


def _deciles() -> list[Decile]:
    from anello.core.modules import get

    later, standing = _later(), get("standing").model._default_manager
    known = list(standing.filter(clv__isnull=False).order_by("-clv", "pk").values_list("person", "clv"))
    found = []
    for tenth in range(10):
        some = known[len(known) * tenth // 10 : len(known) * (tenth + 1) // 10]
        if some:
            then = [later.get(person, (0, 0.0)) for person, _ in some]
            found.append(
                Decile(
                    len(some),
                    sum(float(clv) for _, clv in some) / len(some),
                    sum(times for times, _ in then) / len(some),
                    sum(amount for _, amount in then) / len(some),
                )
            )
    return found


def _spent(policy: int) -> tuple[float, float]:
    """What was spent after the cut by each of those decided on, and by each of all the others."""
    from anello.core.modules import get

    later = _later()
    decided = set(get("decision").model._default_manager.filter(policy=policy).values_list("person", flat=True))
    everybody = get("standing").model._default_manager.filter(person__isnull=False).values_list("person", flat=True)
    groups: tuple[list[float], list[float]] = ([], [])
    for person in everybody:
        groups[person not in decided].append(later.get(person, (0, 0.0))[1])
    chosen, others = (sum(group) / max(1, len(group)) for group in groups)
    return chosen, others


def tell(found: Found) -> None:
    """Print it, as a reader without the code understands it."""
    print(f"\n{found.people:,} people and {found.orders:,} orders.")
    print(f"\nPhases on {CUT}: " + ", ".join(f"{phase} {count:,}" for phase, count in found.phases.items()))
    print(f"\nTenths of the customers by expected value, and what each then did until {END}:")
    print("  tenth  customers  expected in a year  purchases   spent")
    for place, one in enumerate(found.deciles, start=1):
        print(f"  {place:>5}  {one.customers:>9,}  {one.expected:>18.2f}  {one.purchases:>9.2f}  {one.spent:>6.2f}")
    print(
        f"\nThe policy chose {found.treated + found.held:,} of {found.candidates:,}, by the highest expected value: "
        f"{found.treated:,} to be treated, {found.held:,} held out ({found.control_share:.0%}).\nEach of the chosen "
        f"then spent {found.chosen_spent:.2f} on average, each of the others {found.others_spent:.2f}."
    )
    print("\nMeasured lift (nobody was treated in truth, so both must be compatible with zero):")
    for name, interval, factor in (("points of conversion", found.conversion, 100), ("revenue", found.revenue, 1)):
        value, low, high = (factor * bound for bound in (interval.value, interval.low, interval.high))
        verdict = "contains zero" if interval.spans_zero else "DOES NOT CONTAIN ZERO"
        print(f"  {name:<21} {value:+.2f}, between {low:+.2f} and {high:+.2f}: {verdict}")


def main(file: Path) -> int:
    if not file.exists():
        print(f"There is no {file}. Give the file: python -m bench.cdnow cdnow_master.txt", file=sys.stderr)
        return 2
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="anello-cdnow-") as home:
        os.environ |= {"ANELLO_HOME": home, "BASE_CURRENCY": "USD", "ANELLO_LOG_LEVEL": "warning"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anello.config.settings")
        from anello.config.cli.installation import application
        from anello.config.cli.serve import migrate

        migrate()
        with application():
            from anello.core.accounts.models import Role, User
            from anello.core.policies import Actor

            anna = User.objects.create(username="anna", email="anna@anello.example")
            anna.roles.add(Role.objects.get(key="administrator"))
            found = walk(file, Actor.of(anna), lambda words: print(f"{time.monotonic() - started:6.0f} s  {words}"))
    tell(found)
    return 0 if found.conversion.spans_zero and found.revenue.spans_zero else 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE))
