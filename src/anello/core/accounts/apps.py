from django.apps import AppConfig


class Config(AppConfig):
    name = "anello.core.accounts"
    label = "accounts"

    def ready(self) -> None:
        from anello.core.accounts import signals  # noqa: F401 connects the receivers
