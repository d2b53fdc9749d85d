from django.apps import AppConfig


class Config(AppConfig):
    name = "anello.intelligence.identity"
    label = "identity"
