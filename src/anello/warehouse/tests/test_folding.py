"""Loads of days that are over become one, and nothing is lost by it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from anello.core.actions import run
from anello.warehouse import folding, landing, reading
from anello.warehouse.tests.test_loads import differences, everything


@pytest.fixture
def yesterday(cast, warehouse):
    """Five loads of yesterday."""
    one, two = run("person.create", [{"last_name": name} for name in ("Rossi", "Verdi")], cast.ctx("carla"))
    warehouse.load()
    run("person.update", {"city": "Roma"}, cast.ctx("carla"), target=one.pk)
    warehouse.load()
    run("person.create", {"last_name": "Neri"}, cast.ctx("carla"))
    warehouse.load()
    run("person.merge", {"losers": [two.pk]}, cast.ctx("bruno"), target=one.pk)
    warehouse.load()
    run("person.update", {"city": "Bari"}, cast.ctx("carla"), target=one.pk)
    warehouse.load()
    for manifest in landing.manifests():
        landing.commit(replace(manifest, at=(manifest.moment - dt.timedelta(days=1)).isoformat()))
    return landing.manifests()


def fold():
    with landing.writer(), landing.workshop() as folder:
        return folding.fold(folder, int(reading.state()["load"]))


def files(dataset="customers_person"):
    return len(list((landing.landing() / dataset).glob("*.parquet")))


def test_a_day_becomes_one_load_from_which_the_same_is_made(yesterday, warehouse):
    before, numbers = everything(warehouse), [one.load for one in yesterday]
    assert files() > 1
    assert fold() == len(numbers) - 1
    (one,) = landing.manifests()
    assert (one.first, one.load, one.cursor) == (numbers[0], numbers[-1], yesterday[-1].cursor)
    assert one.rows == sum(each.rows for each in yesterday)
    assert files() == 1
    warehouse.rebuild()
    assert differences(before, everything(warehouse)) == []
    assert warehouse.sql("SELECT DISTINCT first, load FROM mart.load").to_pylist() == [
        {"first": numbers[0], "load": numbers[-1]}
    ]
    assert fold() == 0


def test_a_large_load_stays_and_those_on_both_sides_are_not_joined_over_it(yesterday, warehouse):
    before, third = everything(warehouse), yesterday[2]
    large = replace(third, files=tuple(replace(one, rows=folding.LARGE) for one in third.files))
    landing.commit(large)
    fold()
    assert [(one.first, one.load) for one in landing.manifests()] == [
        (yesterday[0].load, yesterday[1].load), (0, large.load), (yesterday[3].load, yesterday[4].load),
    ]  # fmt: skip
    warehouse.rebuild()
    assert differences(before, everything(warehouse)) == []


def test_today_stays_as_it_came_and_so_does_what_the_warehouse_has_not_taken_in(yesterday, cast, warehouse):
    run("person.create", {"last_name": "Neri"}, cast.ctx("carla"))
    warehouse.load()
    today = landing.manifests()[-1]
    with landing.writer(), landing.workshop() as folder:
        assert folding.fold(folder, yesterday[0].load) == 0
    fold()
    assert landing.manifests()[-1] == today


@pytest.mark.parametrize("when", ["commit", "tidy"])
def test_cut_short_anywhere_it_changes_nothing(yesterday, warehouse, monkeypatch, when):
    before = everything(warehouse)

    def broken(*arguments):
        raise OSError("no space left on device")

    monkeypatch.setattr(landing, when, broken)
    with pytest.raises(OSError, match="no space left"):
        fold()
    monkeypatch.undo()
    assert len(landing.manifests()) == (len(yesterday) if when == "commit" else 1)
    warehouse.rebuild()
    assert differences(before, everything(warehouse)) == []


def test_the_nightly_comparison_folds(yesterday, warehouse):
    warehouse.load(whole=True)
    assert len(landing.manifests()) < len(yesterday)
