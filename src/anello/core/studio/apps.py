from django.apps import AppConfig


class Config(AppConfig):
    name = "anello.core.studio"
    label = "studio"

    def ready(self) -> None:
        from anello.core.current import before_work
        from anello.core.studio import shape

        before_work(lambda: shape.follow(shape.version()))
