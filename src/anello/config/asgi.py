"""The ASGI application that the web processes serve."""

from __future__ import annotations

import os
from typing import cast

from anello.config import handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anello.config.settings")
_django = handler.application()

from anello.core.ui.stream.application import Application, with_stream  # noqa: E402 needs the applications to be loaded

# Django's own types are narrower than ASGI's.
application = with_stream(cast(Application, _django))
