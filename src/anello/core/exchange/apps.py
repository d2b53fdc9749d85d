from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class Config(AppConfig):
    name = "anello.core.exchange"
    label = "exchange"

    def ready(self) -> None:
        autodiscover_modules("mappings")
