"""Importing people into a database that already holds the load set: `anello import`, duplicates checked."""

from __future__ import annotations

import csv
import random
import tempfile
import time
from pathlib import Path

from bench.figures import Figures
from bench.server import Installation

SECONDS = 60
FIRST = ["Ada", "Ugo", "Eva", "Ida", "Leo", "Mia", "Noè", "Pia", "Rita", "Sara", "Tito", "Zoe", "Luca", "Nicolò"]
LAST = ["Rossi", "Bianchi", "Verdi", "Neri", "Gallo", "Conti", "Ricci", "Marino", "Greco", "Rizzo", "D'Angelo"]
CITIES = ["Milano", "Roma", "Torino", "Napoli", "Bari", "Genova", "Firenze", "Bologna", "Palermo", "Padova"]


def measure(anello: Installation, figures: Figures, rows: int) -> None:
    """Rows per second against 100,000 rows in a minute; one row in ten is somebody already there."""
    stamp = int(time.time())
    chance = random.Random(stamp)  # the set is kept: the same people again would all be known
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(["Nome", "Cognome", "E-mail", "Cellulare", "Città", "Codice esterno"])
            for n in range(rows):
                known = chance.random() < 0.1 and n > 10
                key = f"{stamp}-{chance.randrange(n) if known else n}"
                mobile = f"+39 333 {chance.randrange(10**7):07}"
                name = [chance.choice(FIRST), chance.choice(LAST)]
                writer.writerow([*name, f"i{key}@bench.example", mobile, chance.choice(CITIES), key])
        started = time.perf_counter()
        print(anello.command("import", "person", str(path)).strip())
        rate = rows / (time.perf_counter() - started)
    figures.least("import with duplicates check", rate, 100_000 / SECONDS, "rows/s")
