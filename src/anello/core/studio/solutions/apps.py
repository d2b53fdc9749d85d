from django.apps import AppConfig


class Config(AppConfig):
    name = "anello.core.studio.solutions"
    label = "solutions"
