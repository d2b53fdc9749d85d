"""What an administrator does, in a process of its own on a running Anello: actions from standard input, one a line.

Each is answered by what it made and the seconds it took, as a line of JSON.
"""

from __future__ import annotations

import json
import sys
import time

from anello.config.cli.installation import application


def main() -> None:
    with application():
        from anello.core.accounts.models import User
        from anello.core.actions import Context, run
        from anello.core.studio import shape

        anna = Context.of(User.objects.get(username="anna"), elevated=True)
        for line in sys.stdin:
            name, data = json.loads(line)
            shape.follow(shape.version())
            started = time.perf_counter()
            made = run(name, data, anna)
            print(json.dumps({"name": made.name, "seconds": time.perf_counter() - started}), flush=True)


if __name__ == "__main__":
    main()
