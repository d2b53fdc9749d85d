from django.apps import AppConfig


class Config(AppConfig):
    name = "anello.intelligence.value"
    label = "value"
