"""The ASGI application that the web processes serve."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anello.config.settings")
_django = get_asgi_application()

from anello.core.ui.stream.application import with_stream  # noqa: E402 needs the applications to be loaded

application = with_stream(_django)
