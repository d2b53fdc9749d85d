from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import get_language

from anello.kit.text import use_language


class Config(AppConfig):
    name = "anello.core.modules"
    label = "modules"

    def ready(self) -> None:
        use_language(get_language)
        # Specs first: actions, policies and consumers refer to them by name.
        for room in ("module", "policies", "actions", "jobs", "consumers"):
            autodiscover_modules(room)
