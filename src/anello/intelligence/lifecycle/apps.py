from django.apps import AppConfig


class Config(AppConfig):
    name = "anello.intelligence.lifecycle"
    label = "lifecycle"
