from django.apps import AppConfig


class Config(AppConfig):
    name = "anello.intelligence.learning"
    label = "learning"
