"""Two closed turns of the ring, whose true effect is known, and a third policy that waits for somebody's approval.

Who is decided on buys within the window as the policy's `Truth` says, and in no other way; everything else goes the
product's own ways: the draw, the treatments, the orders in the warehouse, what is measured on them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from anello.config.demo.deals import Desk
from anello.config.demo.showroom import Showroom
from anello.config.demo.story import Story, Thread
from anello.core.actions import Context, writing
from anello.core.modules import get
from anello.decisions import execution


@dataclass(frozen=True)
class Truth:
    """The share of customers who buy within the window all by themselves, and how many more do when treated."""

    base: float
    effect: float


COMEBACK, SECOND = "Bentornati in showroom", "Il secondo acquisto"
TRUTH = {COMEBACK: Truth(0.08, 0.22), SECOND: Truth(0.10, 0.26)}
"""{policy: what it really does}: the ring page and the policies' pages show what was measured of it."""
SILENT = 90
"""Days without a purchase after which somebody is called."""
BOUGHT = {"field": "status", "op": "in", "value": ["confirmed", "fulfilled"]}
PRIVATE = [{"field": "organisation", "op": "empty"}, {"field": "order:person", "op": "has", "value": BOUGHT}]
"""Those who buy for themselves."""
RENEWAL = "Rinnovo degli arredi"

SEGMENTS: list[dict[str, Any]] = [
    {
        "name": "Due acquisti, poi silenzio", "customer": "person", "kind": "dynamic",
        "description": "Hanno comprato almeno due volte e da 90 giorni non si vedono.",
        "definition": {"all": [
            {"behaviour": "purchase", "times": {"gte": 2}}, {"behaviour": "purchase", "none_for_days": SILENT},
        ]},
    },
    {
        "name": "Nuovi con consenso alle e-mail", "customer": "person", "kind": "dynamic",
        "description": "Un solo acquisto, e possiamo scrivere loro.",
        "definition": {"all": [
            {"phase": "first_time"},
            {"field": "consent:person", "op": "has", "value": {"all": [
                {"field": "purpose", "op": "in", "value": ["email"]},
                {"field": "status", "op": "in", "value": ["given"]},
            ]}},
        ]},
    },
    {
        "name": "Privati di maggior valore", "customer": "person", "kind": "dynamic",
        "description": "Da loro ci aspettiamo almeno 800 euro nei prossimi dodici mesi.",
        "definition": {"score": "clv", "gte": 800},
    },
    {
        "name": "Aziende che comprano ogni anno", "customer": "organisation", "kind": "dynamic",
        "description": "Almeno due ordini, uno negli ultimi dodici mesi.",
        "definition": {"all": [
            {"behaviour": "purchase", "times": {"gte": 2}},
            {"behaviour": "purchase", "times": {"gte": 1}, "within_days": 365},
        ]},
    },
]  # fmt: skip


def _limits(share: int, days: int) -> dict[str, Any]:
    return {"control_share": share, "contacts": 2, "contact_days": 30, "window_days": days, "outcome": "purchase",
            "measure": "conversion"}  # fmt: skip


class Turns:
    """What the analyst tries on the showroom's customers."""

    def __init__(self, desk: Desk, showroom: Showroom) -> None:
        self.desk, self.story, self.showroom = desk, desk.story, showroom

    def comeback(self) -> Thread:
        """A call brings back those who have been silent; over after sixty days, and ended."""
        story = self.story
        since = (story.today - dt.timedelta(days=SILENT)).isoformat()
        lately = {"all": [BOUGHT, {"field": "date", "op": "gte", "value": since}]}
        policy = story.act("ivo", "policy.create", {
            "name": COMEBACK, "customer": "person",
            "description": "Chi non compra da novanta giorni di solito si è solo distratto: una telefonata lo riporta.",
            "condition": {"all": [*PRIVATE, {"field": "order:person", "op": "has_no", "value": lately}]},
            "variants": [{"treatment": "call", "cost": 6, "parameters": {
                "subject": "Richiamare {{ customer.title }}", "days": 4, "priority": "normal",
                "description": "Chiedi come vanno gli arredi comprati e invita in showroom: ci sono le novità.",
            }}],
            **_limits(35, 60),
        })  # fmt: skip
        yield from self._approved(policy, "Buona idea: le telefonate le dividiamo tra tutti.")
        yield from self._turn(policy, self._calls)
        yield dt.timedelta(days=62)
        story.act("ivo", "policy.end", None, policy)

    def second(self) -> Thread:
        """An e-mail after the first purchase; the policy goes on."""
        template = get("email_template").model._default_manager.get(name__startswith="Benvenuto")
        policy = self.story.act("ivo", "policy.create", {
            "name": SECOND, "customer": "person", "phases": ["first_time"], "condition": {"all": PRIVATE},
            "description": "Chi ha comprato una volta torna più facilmente se lo si segue: consigli e novità.",
            "variants": [{"treatment": "email", "cost": 0.05, "parameters": {"template": template.pk}}],
            **_limits(35, 45),
        })  # fmt: skip
        yield from self._approved(policy, "")
        yield from self._turn(policy, self._mails)

    def _approved(self, policy: Any, note: str) -> Thread:
        # The draw follows the story's seed, so that the same seed makes the same groups.
        type(policy)._default_manager.filter(pk=policy.pk).update(seed=f"{self.story.chance.getrandbits(64):016x}")
        self.story.act("ivo", "policy.simulate", None, policy)
        yield dt.timedelta(minutes=20)
        self.story.act("ivo", "policy.request_approval", None, policy)
        yield 1
        self.story.act("bruno", "policy.approve", {"note": note}, policy)
        yield dt.timedelta(minutes=45)

    def _turn(self, policy: Any, follow: Any) -> Thread:
        """Decided and carried out; both groups then buy as the truth says."""
        story = self.story
        story.act("ivo", "policy.decide", None, policy)
        while execution.perform(policy.pk, now=story.now).more:
            pass
        decided: list[Any] = list(get("decision").model._default_manager.filter(policy=policy.pk).order_by("pk"))
        truth = TRUTH[policy.name]
        for arm, share in (("control", truth.base), ("treatment", truth.base + truth.effect)):
            self._respond([one for one in decided if one.arm == arm], share, policy.window_days)
        yield from follow([one for one in decided if one.state == "executed"])

    def _respond(self, group: list[Any], share: float, window: int) -> None:
        """So many of the group buy within the window, on the days after what was done has reached them."""
        chance, today = self.story.chance, self.story.today
        # By share and not by throwing a coin for each: a day's bad luck must not make the truth look like a lie.
        buyers = set(chance.sample(range(len(group)), round(share * len(group))))
        for n, decision in enumerate(group):
            bought = today + dt.timedelta(days=chance.randint(9, window - 3)) if n in buyers else None
            self.showroom.known[decision.person_id].answer(today, window, bought)

    def _calls(self, decisions: Iterable[Any]) -> Thread:
        """Everybody makes the calls they were given within a few days."""
        for decision in decisions:
            self.story.begin(self._call(decision), self.story.now + dt.timedelta(hours=1))
        yield 0.0

    def _call(self, decision: Any) -> Thread:
        yield self.story.chance.uniform(0.5, 6)
        call: Any = get("activity").model._default_manager.get(pk=decision.treated_id)
        ended = {"held": True, "outcome": "reached", "notes": "Contento di essere stato cercato, passa a trovarci."}
        self.story.act(self.desk.names[call.owner_id], "activity.complete", ended, call)

    def _mails(self, decisions: Iterable[Any]) -> Thread:
        """The mails went out that day; nothing is handed to a mail server."""
        ctx = Context(via="system", now=self.story.now)
        pks = [decision.treated_id for decision in decisions]
        with writing(ctx):
            for message in get("email_message").model._default_manager.filter(pk__in=pks).order_by("pk"):
                clicks = int(self.story.chance.random() < 0.2)
                ctx.put(message, {"state": "sent", "sent_at": ctx.now, "attempts": 1, "clicks": clicks})
        yield 0.0


def defined(story: Story) -> Thread:
    """The analyst's segments."""
    for values in SEGMENTS:
        story.act("ivo", "segment.create", values)
        yield dt.timedelta(minutes=story.chance.randint(10, 90))


def asked(story: Story) -> Thread:
    """A third policy, about which Bruno has still to make up his mind."""
    policy = story.act("ivo", "policy.create", {
        "name": RENEWAL, "customer": "organisation", "phases": ["first_time", "renewal", "loyal"],
        "description": "Prima che lo proponga un concorrente: il progetto di rinnovo a chi ha già comprato da noi.",
        "variants": [{"treatment": "opportunity", "cost": 40, "parameters": {
            "name": "Rinnovo arredi {{ customer.title }}", "amount": 4000, "days": 60,
            "next_step": "Proporre il sopralluogo gratuito",
        }}],
        "rank": "clv", **_limits(35, 90),
    })  # fmt: skip
    story.act("ivo", "policy.simulate", None, policy)
    yield dt.timedelta(minutes=25)
    story.act("ivo", "policy.request_approval", None, policy)
