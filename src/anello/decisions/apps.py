from django.apps import AppConfig


class Config(AppConfig):
    name = "anello.decisions"
    label = "decisions"
