from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class Config(AppConfig):
    name = "anello.core.ui"
    label = "ui"

    def ready(self) -> None:
        # What apps add to the record pages.
        autodiscover_modules("panels", "uses")
        # What areas say about themselves in figures.
        autodiscover_modules("dashboards")
