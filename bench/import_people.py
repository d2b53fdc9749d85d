"""Import of people at scale: `python bench/import_people.py [--people 1000000] [--rows 100000] [--profile]`.

In a database of its own on the test server: so many people are there already, then a file of `--rows` people comes in
through the importer (mapping, validation, duplicates by four keys, one row in ten known), as in `anello import`.
Prints rows per second beside the bar of 100,000 rows in 60 s, and the time of undoing it all.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import random
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
os.environ["ANELLO_HOME"] = str(ROOT / "var" / "bench")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anello.config.settings")

BAR = 100_000 / 60
FIRST = ["Ada", "Ugo", "Eva", "Ida", "Leo", "Mia", "Noè", "Pia", "Rita", "Sara", "Tito", "Zoe", "Luca", "Nicolò"]
LAST = ["Rossi", "Bianchi", "Verdi", "Neri", "Gallo", "Conti", "Ricci", "Marino", "Greco", "Rizzo", "D'Angelo"]
CITIES = ["Milano", "Roma", "Torino", "Napoli", "Bari", "Genova", "Firenze", "Bologna", "Palermo", "Padova"]

EXISTING = {
    "title": "name",
    "title_key": "lower(name)",
    "search_text": "lower(name) || ' known' || n || ' bench example ' || lower(p.city) || ' e' || n",
    "first_name": "split_part(name, ' ', 1)",
    "last_name": "split_part(name, ' ', 2)",
    "email": "'known' || n || '@bench.example'",
    "external_id": "'E' || n",
    "city": "p.city",
}
"""What tells the people apart who are there already; the rest is copied from one who came through an action."""


def fill(people: int) -> None:
    """Make so many people in one statement."""
    from django.db import connection

    from anello.core.actions import run
    from anello.core.modules import get

    person = run("person.create", {"last_name": "Uno"})
    table = get("person").model._meta.db_table
    columns = [f.column for f in get("person").model._meta.concrete_fields if f.column != "id"]
    values = ", ".join(EXISTING.get(column, f"one.{column}") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {table} ({", ".join(columns)}) SELECT {values} FROM {table} one, (
            SELECT n, (%s::text[])[1 + n %% %s] || ' ' || (%s::text[])[1 + n / 7 %% %s] AS name,
            (%s::text[])[1 + n / 3 %% %s] AS city FROM generate_series(1, %s) n) p WHERE one.id = %s""",
            [FIRST, len(FIRST), LAST, len(LAST), CITIES, len(CITIES), people, person.pk],
        )
        cursor.execute(f"ANALYZE {table}")


def write_file(path: Path, rows: int, people: int) -> None:
    """A CSV as a company might bring it; one row in ten is a person who is there already."""
    dice = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        file.write("Codice;Nome;Cognome;E-mail;Cellulare;Data di nascita;Città;CAP;Note\n")
        for n in range(rows):
            known = people and n % 10 == 0
            number = dice.randint(1, people) if known else n
            email = f"known{number}@bench.example" if known else f"new{n}@bench.example"
            file.write(
                f"{'E' if known else 'N'}{number};{dice.choice(FIRST)};{dice.choice(LAST)};{email};"
                f"+39 333 {n // 10000 + 100:03} {n % 10000:04};{dice.randint(1, 28):02}/{dice.randint(1, 12):02}/"
                f"{dice.randint(1940, 2005)};{dice.choice(CITIES)};{dice.randint(10000, 98999)};Cliente numero {n}\n"
            )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--duplicates", default="skip", choices=["skip", "update", "create"])
    options.add_argument("--profile", action="store_true")
    given = options.parse_args()

    from anello.config.env import env
    from anello.config.postgres import Server

    with Server(env.anello_home, binaries=env.anello_pg_bin):
        return measure(given)


def measure(given: argparse.Namespace) -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from anello.core.exchange import importer

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_person, event, exchange_importrun CASCADE")
    if given.people:
        fill(given.people)
    profile = cProfile.Profile()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.csv"
        write_file(file, given.rows, given.people)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend = psutil.Process(cursor.fetchone()[0])
        started, cpu, server = time.perf_counter(), time.process_time(), backend.cpu_times()
        if given.profile:
            profile.enable()
        done = importer.run_file("person", file, duplicates=given.duplicates)
        profile.disable()
        taken, cpu = time.perf_counter() - started, time.process_time() - cpu
        server = sum(backend.cpu_times()[:2]) - sum(server[:2])
    rate = given.rows / taken
    print(
        f"load {os.getloadavg()[0]:.1f} · {given.people:,} people · {done.counts} · {done.failed} failed {done.error}"
    )
    print(f"import: {taken:.1f} s, {rate:,.0f} rows/s (bar {BAR:,.0f}) {'passed' if rate >= BAR else 'FAILED'}")
    print(f"processor time: {cpu:.1f} s of Python, {server:.1f} s of PostgreSQL")
    started = time.perf_counter()
    undone = importer.undo(done.pk)
    print(f"undo: {time.perf_counter() - started:.1f} s, {undone.undone['deleted']:,} deleted")
    if given.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)
    return 0 if rate >= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
