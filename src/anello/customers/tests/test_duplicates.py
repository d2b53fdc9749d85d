"""Who may be the same as whom."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest

from anello.core.actions import run
from anello.core.modules import get
from anello.customers import duplicates
from anello.customers.jobs import scan
from anello.customers.models import DuplicatePair
from anello.kit.email import parse_email

pytestmark = pytest.mark.django_db
FAKE = Path(__file__).parents[5] / "shared" / "data" / "fake_1000.csv"


@pytest.fixture
def mario(cast):
    return run(
        "person.create",
        {
            "first_name": "Mario",
            "last_name": "Rossi",
            "email": "Mario@rossi.it",
            "mobile": "333 1234567",
            "tax_code": "RSSMRA80A01H501U",
            "birth_date": "1980-01-01",
            "city": "Roma",
        },
        cast.ctx("carla"),
    )


def found(cast, values, who="carla", module="person", **more):
    return [(m.record.pk, m.reasons) for m in duplicates.find(cast.actor(who), get(module), values, **more)]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"email": "mario@ROSSI.it"}, "email"),
        ({"phone": "+393331234567"}, "phone"),
        ({"mobile": "+393331234567"}, "phone"),
        ({"tax_code": "RSSMRA80A01H501U"}, "tax_code"),
    ],
)
def test_the_same_key_is_found_wherever_it_stands(cast, mario, values, reason):
    assert found(cast, values) == [(mario.pk, (reason,))]


def test_keys_among_contact_points_count_on_both_sides(cast, mario):
    run("contact_point.create", {"person": mario.pk, "kind": "email", "value": "M@Altra.it"}, cast.ctx("carla"))
    assert found(cast, {"email": "m@altra.it"}) == [(mario.pk, ("email",))]
    assert found(cast, {"phone": "+390212345678"}) == []


@pytest.mark.parametrize(
    ("first", "last", "rest", "likely"),
    [
        ("Rossi", "Mario", {"city": "roma"}, True),
        ("Mario", "Rossi", {"birth_date": "1980-01-01"}, True),
        ("M.", "Rossi", {"birth_date": "1980-01-01"}, True),
        ("Marío", "Rosssi", {"city": "Roma"}, True),
        ("Mario", "Rosssi", {"birth_date": "1980-01-11"}, True),
        ("Mario", "Rossi", {}, False),
        ("Mario", "Rossi", {"city": "Torino"}, False),
        ("Giuseppe", "Verdi", {"city": "Roma", "birth_date": "1980-01-01"}, False),
    ],
)
def test_a_name_alone_is_no_duplicate_beside_a_fact_it_is(cast, mario, first, last, rest, likely):
    assert bool(found(cast, {"first_name": first, "last_name": last, **rest})) is likely


def test_a_record_is_no_duplicate_of_itself(cast, mario):
    assert found(cast, {"email": "mario@rossi.it"}, exclude=mario.pk) == []


def test_records_of_others_are_never_given_away(cast, mario):
    assert found(cast, {"email": "mario@rossi.it"}, who="dario") == []
    assert found(cast, {"email": "mario@rossi.it"}, who="marta") == []


def test_a_key_that_a_crowd_shares_says_nothing(cast):
    run("person.create", [{"last_name": f"N{i}", "email": "info@ente.it"} for i in range(25)], cast.ctx("carla"))
    assert found(cast, {"email": "info@ente.it"}) == []


def test_organisations_of_the_same_name_are_alike(cast):
    firm = run("organisation.create", {"name": "Officine Bianchi S.r.l.", "city": "Lodi"}, cast.ctx("carla"))
    assert found(cast, {"name": "OFFICINE BIANCHI SRL"}, module="organisation") == [(firm.pk, ("same_name",))]
    assert found(cast, {"name": "Officina Bianchi S.r.l.", "city": "Lodi"}, module="organisation")
    assert not found(cast, {"name": "Officine Verdi S.r.l."}, module="organisation")


def test_many_rows_cost_as_many_statements_as_one(cast, mario, django_assert_max_num_queries):
    rows = [{"email": f"p{i}@rossi.it"} for i in range(1999)] + [{"email": "MARIO@rossi.it"}]
    actor = cast.actor("carla")
    list(actor.roles), actor.team_ids
    with django_assert_max_num_queries(6):
        matches = duplicates.find_many(actor, get("person"), rows)
    assert [bool(m) for m in matches] == [False] * 1999 + [True]


def pairs(module="person"):
    return set(DuplicatePair.objects.filter(module=module, status="open").values_list("first_id", "second_id"))


def test_a_scan_finds_pairs_once_and_forgets_those_that_are_none_any_more(cast, mario):
    twin = run("person.create", {"last_name": "Russo", "email": "mario@rossi.it"}, cast.ctx("dario"))
    scan("person")
    scan("person")
    assert pairs() == {(mario.pk, twin.pk)}
    run("person.update", {"email": "russo@rossi.it"}, cast.ctx("dario"), target=twin.pk)
    scan("person")
    assert pairs() == set()


def test_the_scan_and_the_entry_agree(cast, mario):
    other = run("person.create", {"first_name": "Mario", "last_name": "Rosssi", "city": "Roma"}, cast.ctx("carla"))
    run("contact_point.create", {"person": other.pk, "kind": "phone", "value": "333 1234567"}, cast.ctx("carla"))
    scan("person")
    (pair,) = DuplicatePair.objects.all()
    values = {"first_name": "Mario", "last_name": "Rosssi", "city": "Roma", "phone": "+393331234567"}
    (match,) = duplicates.find(cast.actor("carla"), get("person"), values, exclude=other.pk)
    assert match.record == mario
    assert (match.score, match.reasons) == (pair.score, tuple(pair.reasons))


def _valid(email):
    try:
        return parse_email(email) if email else ""
    except ValueError:
        return ""


@pytest.mark.skipif(not FAKE.exists(), reason="the folder ../shared/data is absent")
def test_duplicates_of_the_fake_thousand(cast, capsys):
    """Typing errors in names, dates, cities and addresses: few wrong pairs, two thirds of the right ones."""
    rows = list(csv.DictReader(FAKE.open()))
    values = [
        {
            "first_name": row["first_name"],
            "last_name": row["surname"] or "?",
            "birth_date": row["dob"],
            "city": row["city"],
            "email": _valid(row["email"]),
        }
        for row in rows
    ]
    made = run("person.create", values)
    scan("person")
    clusters: dict[str, list[int]] = {}
    for row, person in zip(rows, made, strict=True):
        clusters.setdefault(row["cluster"], []).append(person.pk)
    right = {pair for ids in clusters.values() for pair in itertools.combinations(sorted(ids), 2)}
    said = pairs()
    precision, recall = len(said & right) / len(said), len(said & right) / len(right)
    with capsys.disabled():
        print(f"\nfake_1000: {len(said)} pairs, precision {precision:.3f}, recall {recall:.3f}")  # noqa: T201
    assert precision > 0.98
    assert recall > 0.6
