"""The model finds who is the same person, and says so when it cannot."""

from __future__ import annotations

import itertools
import logging

import pyarrow as pa
import pytest

from anello.intelligence.identity import bands, model
from anello.intelligence.identity.automatic import groups
from anello.intelligence.identity.comparing import COMPARISONS, words
from anello.intelligence.identity.tests.population import people
from anello.intelligence.numerics import CannotFit

COLUMNS = {
    "id": pa.int64(), "version": pa.int64(), "first_name": pa.string(), "last_name": pa.string(), "city": pa.string(),
    "street": pa.string(), "tax_code": pa.string(), "external_id": pa.string(), "birth_date": pa.string(),
    "organisation": pa.int64(), "emails": pa.list_(pa.string()), "phones": pa.list_(pa.string()),
}  # fmt: skip


def table(records):
    rows = []
    for n, values in enumerate(records, start=1):
        row = dict.fromkeys(COLUMNS) | {name: v.lower() or None for name, v in values.items() if name in COLUMNS}
        rows.append(
            row
            | {"id": n, "version": 1}
            | {"emails": [values["email"]] if values.get("email") else []}
            | {"phones": [values["mobile"]] if values.get("mobile") else []}
        )
    return pa.Table.from_pylist(rows, schema=pa.schema(COLUMNS))


@pytest.fixture(scope="module")
def resolved():
    records = people(260)
    found = model.resolve(table([values for _who, values in records]))
    who = {n: one for n, (one, _values) in enumerate(records, start=1)}
    return found, who


def judged(pairs, who):
    same = sum(who[a] == who[b] for a, b in pairs)
    every = sum(one == other for one, other in itertools.combinations(who.values(), 2))
    return same / len(pairs), same / every


def pairs_above(found, probability):
    rows = found.pairs.select(["id_l", "id_r", "probability"]).to_pylist()
    return [(row["id_l"], row["id_r"]) for row in rows if row["probability"] >= probability]


def test_pairs_to_be_reviewed_are_nearly_all_right_and_nearly_all_there(resolved):
    precision, recall = judged(pairs_above(*resolved[:1], 0.5), resolved[1])
    assert precision >= 0.98
    assert recall >= 0.9


def test_groups_above_the_threshold_hold_one_person_each(resolved):
    found, who = resolved
    together = groups(pairs_above(found, 0.99))
    assert together
    assert all(len({who[pk] for pk in group}) == 1 for group in together)


def test_reasons_add_up_to_the_weight(resolved):
    found, _who = resolved
    row = found.pairs.slice(0, 1).to_pylist()[0]
    prior = row["weight"] - sum(row[f"bits_{name}"] or 0 for name in found.weights)
    assert 2**prior / (1 + 2**prior) == pytest.approx(found.prior, rel=0.01)


def test_every_reason_has_words_in_the_order_of_likeness(resolved):
    found, _who = resolved
    for name, levels in found.weights.items():
        assert [one["level"] for one in levels][:-1] == [level.name for level in COMPARISONS[name].levels]
        assert all(words(name, one["level"])[1] for one in levels)
        assert levels[0]["bits"] > levels[-1]["bits"]
    assert COMPARISONS["city"].level(2) == "same"
    assert COMPARISONS["city"].level(0) == "different"
    assert COMPARISONS["city"].level(-1) == ""


def test_the_library_tells_its_progress_to_nobody(resolved):
    assert not logging.getLogger("splink").handlers


def test_what_nobody_fills_is_left_out_of_the_comparison(resolved):
    assert {"tax_code", "street", "organisation"} <= set(resolved[0].left_out)


@pytest.mark.parametrize(
    ("records", "cause"),
    [
        ([values for _w, values in people(30)], "few_people"),
        ([{"first_name": values["first_name"], "last_name": values["last_name"]} for _w, values in people(250)], "few_columns"),
        ([values for _w, values in people(250, doubled=0)], "few_pairs"),
    ],
)  # fmt: skip
def test_a_base_that_teaches_nothing_is_told_why(records, cause):
    with pytest.raises(CannotFit) as refused:
        model.resolve(table(records))
    assert refused.value.cause == cause


def test_the_bound_of_precision_is_that_of_clopper_and_pearson():
    assert bands.at_least(299, 299) == pytest.approx(0.05 ** (1 / 299), abs=1e-9)
    # scipy.stats.beta.ppf(0.05, right, decided - right + 1)
    for right, decided, bound in (
        (58, 60, 0.8987641050758384),
        (10, 20, 0.3019539112864935),
        (20_000, 20_010, 0.9991524603521854),
    ):
        assert bands.at_least(right, decided) == pytest.approx(bound, abs=1e-9)
    assert bands.at_least(0, 0) == bands.at_least(0, 9) == 0


def test_as_many_are_needed_as_the_bound_says():
    count = bands.needed(0.99)
    assert count == 299
    assert bands.at_least(count, count) >= 0.99 > bands.at_least(count - 1, count - 1)


def test_bands_count_what_people_decided():
    counted = [
        (99.5, "merged", 30),
        (100.0, "apart", 1),
        (99.0, "undone", 1),
        (97.0, "merged", 4),
        (60.0, "proposed", 5),
    ]
    counted += [(99.9, "automatic", 7), (40.0, "merged", 9)]
    top, high, _middle, low = bands.bands(counted)
    assert (top.right, top.wrong, top.decided) == (30, 2, 32)
    assert (high.right, low.open, low.precision) == (4, 5, None)


def test_groups_hang_together_through_others():
    assert groups([(1, 2), (5, 6), (2, 3), (7, 8), (6, 8)]) == [[1, 2, 3], [5, 6, 7, 8]]


def test_all_keys_share_one_budget_and_the_rarest_values_go_first(resolved, monkeypatch):
    records = [values for _who, values in people(260)]
    every = resolved[0].looked_at
    monkeypatch.setattr(model, "BUDGET", 300)
    few = model.resolve(table(records))
    # Shared e-mails and phones are looked by in any case, and are rare.
    assert few.looked_at < 300 + len(records) < every
    assert len(pairs_above(few, 0.99)) > 50
