"""`python -m anello.warehouse load [--whole] | source NAME | forget PERSON`: what jobs run in a process of its own."""

from __future__ import annotations

import os
import sys


def main(words: list[str]) -> int:
    """Do it; the exit code is 1, and the reason on stderr, when it could not be done."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anello.config.settings")
    import django

    django.setup()
    from anello.core.studio import shape
    from anello.warehouse import forgetting, loading, rounds
    from anello.warehouse.errors import WarehouseError

    shape.follow(shape.version())
    try:
        match words:
            case ["load", *options]:
                loading.load(whole="--whole" in options)
            case ["source", name]:
                rounds.read(name)
            case ["forget", person]:
                forgetting.forget([int(person)])
            case _:
                sys.stderr.write(f"{__doc__}\n")
                return 2
    except WarehouseError as error:
        sys.stderr.write(f"{error.text.en}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
