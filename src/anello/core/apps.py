"""The core as one Django application: modules, events, policies, actions, jobs and search."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import get_language

from anello.kit.text import use_language


class Config(AppConfig):
    name = "anello.core"
    label = "core"

    def ready(self) -> None:
        from django.db.models import TextField

        from anello.core.search.words import Matches

        use_language(get_language)
        TextField.register_lookup(Matches)
        # Specs first: policies, actions and consumers refer to them by name.
        for room in ("module", "policies", "actions", "treatments", "jobs", "consumers", "solution"):
            autodiscover_modules(room)
        from anello.core.jobs import rescue  # noqa: F401 a periodic job of the core's own
