"""The ASGI application that the web processes serve."""

from __future__ import annotations

import os
from typing import cast

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anello.config.settings")
_django = get_asgi_application()

from anello.core.ui.stream.application import Application, with_stream  # noqa: E402 needs the applications to be loaded

# Django's own types are narrower than ASGI's.
application = with_stream(cast(Application, _django))
