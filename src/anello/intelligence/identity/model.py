"""The model of Fellegi and Sunter by splink: learned without labels, then the probability of each pair.

`people` is an Arrow table of one row per person, as `reading.people` gives it. It works in a DuckDB of its own.
"""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from anello.intelligence.identity.comparing import COMPARISONS, KEYS, LESSONS, RECALL, SURE, Comparison
from anello.intelligence.numerics import CannotFit
from anello.warehouse.engine import open_database, quote

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

LEAST_PEOPLE = 200
LEAST_FILLED = 50
"""A column that fewer people have is left out of the comparison."""
LEAST_SURE = 20
"""So many certain pairs are needed to learn from."""
LEAST_PAIRS = 20
"""Fewer pairs than that teach nothing about a column."""
BUDGET = 6_000_000
"""Most pairs that all keys together may give; the commonest values (the Rossi, those of Rome) are not looked by."""
CROWD = 20
"""An e-mail or a phone that more people share is no way to tell who somebody is."""
SAMPLE = 1_000_000
"""Pairs from which is learned how often people who are not one agree."""
ENOUGH = 200
"""Or fewer, once each level was seen so often; looked at in portions of at least `SMALL`."""
SMALL = 200_000
ROUNDS = (25, 6, 2)
"""Most rounds of expectation-maximisation."""
UNDERFLOW = "below the minimum allowed value"
"""What splink says of a probability that became too small to be told from 0."""
FLOOR = 0.01
"""No level is rarer among duplicates than this, so that one surprise never outweighs everything else."""
FAINTEST = 0.001
"""Pairs less probable than that are not looked at any further."""
SEED = 1

Told = Callable[[str], None]


@dataclass(frozen=True)
class Scored:
    """What a run found.

    `pairs`: Arrow table, the likeliest first: id_l < id_r, weight in bits, probability, and per comparison
    `level_<name>` and `bits_<name>`; `weights`: {comparison: [{level, m, u, bits}]}; `prior`: the probability that two
    people taken at random are one; `left_out`: comparisons for which too few values are there; `looked_at`: how many
    pairs were.
    """

    pairs: pa.Table
    weights: dict[str, list[dict[str, Any]]]
    prior: float
    people: int
    sure: int
    looked_at: int
    left_out: tuple[str, ...] = field(default=())


def resolve(people: pa.Table, tell: Told = lambda step: None) -> Scored:
    """Learn from the people and score their pairs; CannotFit says why they do not determine a model."""
    if people.num_rows < LEAST_PEOPLE:
        raise CannotFit("few_people", found=people.num_rows, needed=LEAST_PEOPLE)
    duck = open_database(":memory:")
    try:
        duck.register("given", people)
        with _quiet():
            return _resolve(duck, tell)
    finally:
        duck.close()


def _resolve(duck: duckdb.DuckDBPyConnection, tell: Told) -> Scored:
    tell("prepare")
    count = _prepare(duck)
    used = _comparable(duck)
    if len(used) < 3:
        raise CannotFit("few_columns", found=len(used), needed=3)
    sure = _sure(duck)
    if sure < LEAST_SURE:
        raise CannotFit("few_pairs", found=sure, needed=LEAST_SURE)
    possible = count * (count - 1) // 2
    prior = sure / RECALL / possible
    tell("learn")
    settings = _learn(duck, used, prior, possible)
    weights = _weights(settings)
    best = [levels[0]["bits"] for levels in weights.values()]
    if max(best) <= 0 or sum(bits > 0 for bits in best) < 2:
        raise CannotFit("one_sided")
    tell("compare")
    pairs, looked_at = _predict(duck, used, settings)
    left_out = tuple(name for name in COMPARISONS if name not in {one.name for one in used})
    return Scored(pairs, weights, prior, count, sure, looked_at, left_out)


def _prepare(duck: duckdb.DuckDBPyConnection) -> int:
    """Table `people`: the given columns, crowded e-mails and phones dropped, and a column for each key to look by."""
    for kind in ("emails", "phones"):
        duck.execute(
            f"CREATE TABLE own_{kind} AS SELECT id, list(value ORDER BY place) AS own FROM (SELECT * FROM ("
            f"SELECT id, unnest({kind}) AS value, generate_subscripts({kind}, 1) AS place FROM given) "
            f"QUALIFY count(*) OVER (PARTITION BY value) <= {CROWD}) GROUP BY id"
        )
    duck.execute(
        "CREATE TABLE bare AS SELECT given.* REPLACE (e.own AS emails, p.own AS phones), e.own[1] AS email, "
        "p.own[1] AS phone FROM given LEFT JOIN own_emails e USING (id) LEFT JOIN own_phones p USING (id)"
    )
    values = " UNION ALL ".join(
        f"SELECT {rank} AS rank, '{name}' AS name, {key} AS key, count(*) AS many FROM bare WHERE key IS NOT NULL "
        "GROUP BY key HAVING many > 1"
        for rank, (name, key) in enumerate(KEYS.items())
    )
    # The rarest values first, whatever they are of: the fewer share one, the more it says.
    duck.execute(
        f"CREATE TABLE shared AS SELECT name, key FROM ({values}) "
        f"QUALIFY sum(many * (many - 1) / 2) OVER (ORDER BY many, rank, key) <= {BUDGET}"
    )
    joins = [
        f"LEFT JOIN shared s_{name} ON s_{name}.name = '{name}' AND s_{name}.key = ({key})"
        for name, key in KEYS.items()
    ]
    keys = ", ".join(f"s_{name}.key AS key_{name}" for name in KEYS)
    duck.execute(f"CREATE TABLE people AS SELECT bare.*, {keys} FROM bare {' '.join(joins)} ORDER BY id")
    return int(_one(duck, "SELECT count(*) FROM people"))


def _comparable(duck: duckdb.DuckDBPyConnection) -> list[Comparison]:
    """The comparisons for which enough people have a value, and not all the same one."""
    found = []
    for one in COMPARISONS.values():
        column = quote(one.needs)
        enough = f"count({column}) >= {LEAST_FILLED} AND count(DISTINCT {column}) > 1"
        if _one(duck, f"SELECT {enough} FROM people"):
            found.append(one)
    return found


def _sure(duck: duckdb.DuckDBPyConnection) -> int:
    # One join for each rule: joined by all at once, everybody would be compared with everybody.
    rules = " UNION ".join(f"SELECT l.id, r.id FROM people l JOIN people r ON {rule} AND l.id < r.id" for rule in SURE)
    return int(_one(duck, f"SELECT count(*) FROM ({rules})"))


def _learn(duck: duckdb.DuckDBPyConnection, used: list[Comparison], prior: float, possible: int) -> dict[str, Any]:
    """The settings of a trained model; what training never saw says nothing, and nothing is beyond `FLOOR`."""
    linker = _linker(duck, _settings(used, prior))
    linker.training.estimate_u_using_random_sampling(
        max_pairs=SAMPLE, seed=SEED, min_count_per_level=ENOUGH, num_chunks=max(1, min(10, possible // SMALL))
    )
    learned: dict[str, Any] = linker.misc.save_model_to_json()
    has = {one.name for one in used}
    lessons = [columns for columns in LESSONS if has.issuperset(columns) and _teaches(duck, columns)]
    taught = [m for columns in lessons if (m := _lesson(duck, learned, columns))]
    for comparison in learned["comparisons"]:
        for level in _levels(comparison):
            key = comparison["output_column_name"], level["label_for_charts"]
            seen = [m[key] for m in taught if key in m]
            u = level["u_probability"] = max(level.get("u_probability") or 0.0, 1 / SAMPLE)
            level["m_probability"] = max(sum(seen) / len(seen), FLOOR) if seen else u
    return learned


def _lesson(
    duck: duckdb.DuckDBPyConnection, settings: dict[str, Any], columns: tuple[str, ...]
) -> dict[tuple[str, str], float]:
    """How often each (comparison, level) is seen of one person, learned among pairs that agree on the columns.

    Where doubles agree as good as always, what is left for “different” becomes 0 after some rounds, which splink
    refuses: then fewer rounds are taken, after which it is so little that `FLOOR` holds. Lessons know nothing of each
    other, for the same reason. Nothing, if even the first round ends so.
    """
    from splink import block_on

    for rounds in ROUNDS:
        linker = _linker(duck, settings | {"max_iterations": rounds})
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*columns), estimate_without_term_frequencies=True, max_pairs=SAMPLE
            )
        except ValueError as error:
            if UNDERFLOW not in str(error):
                raise
            continue
        return {
            (comparison["output_column_name"], level["label_for_charts"]): level["m_probability"]
            for comparison in linker.misc.save_model_to_json()["comparisons"]
            for level in _levels(comparison)
            if level.get("m_probability") is not None
        }
    return {}


def _levels(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    return [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]


def _teaches(duck: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> bool:
    same = " AND ".join(f"l.{name} = r.{name}" for name in columns)
    pairs = f"SELECT count(*) FROM (FROM people l JOIN people r ON {same} AND l.id < r.id LIMIT {LEAST_PAIRS})"
    return bool(_one(duck, pairs) >= LEAST_PAIRS)


def _predict(duck: duckdb.DuckDBPyConnection, used: list[Comparison], settings: dict[str, Any]) -> tuple[pa.Table, int]:
    linker = _linker(duck, settings)
    blocked = linker.inference.compute_blocked_pairs_for_predict().physical_name
    looked_at = int(_one(duck, f"SELECT count(*) FROM {blocked}"))
    predicted = linker.inference.predict(threshold_match_probability=FAINTEST)
    facts = ", ".join(
        f"gamma_{one.name} AS level_{one.name}, mw_{one.name}"
        + (f" + mw_tf_adj_{one.name}" if one.rare else "")
        + f" AS bits_{one.name}"
        for one in used
    )
    query = (
        "SELECT least(id_l, id_r) AS id_l, greatest(id_l, id_r) AS id_r, match_weight AS weight, "
        f"match_probability AS probability, {facts} FROM {predicted.physical_name} ORDER BY weight DESC, 1, 2"
    )
    return duck.execute(query).to_arrow_table(), looked_at


def _settings(used: list[Comparison], prior: float) -> dict[str, Any]:
    from splink import block_on

    rules = [block_on(f"key_{name}") for name in KEYS]
    rules += [block_on(kind, arrays_to_explode=[kind]) for kind in ("emails", "phones")]
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "id",
        "probability_two_random_records_match": prior,
        "comparisons": [one.settings() for one in used],
        "blocking_rules_to_generate_predictions": [rule.create_blocking_rule_dict("duckdb") for rule in rules],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "em_convergence": 0.001,
    }


def _linker(duck: duckdb.DuckDBPyConnection, settings: dict[str, Any]) -> Any:
    from splink import DuckDBAPI, Linker, SettingsCreator

    people = DuckDBAPI(duck).register("people")
    return Linker(people, SettingsCreator.from_path_or_dict(settings), validate_settings=False, log_level=None)


def _weights(settings: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What each level says, in bits: how many times as often it is seen of one person as of two, to the power of 2."""
    return {
        comparison["output_column_name"]: [
            {
                "level": level["label_for_charts"],
                "m": level["m_probability"],
                "u": level["u_probability"],
                "bits": math.log2(level["m_probability"] / level["u_probability"]),
            }
            for level in _levels(comparison)
        ]
        for comparison in settings["comparisons"]
    }


def _one(duck: duckdb.DuckDBPyConnection, query: str) -> Any:
    return duck.execute(query).fetchall()[0][0]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """splink tells its progress to whoever runs it by hand."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
