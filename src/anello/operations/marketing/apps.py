from django.apps import AppConfig


class Config(AppConfig):
    name = "anello.operations.marketing"
    label = "marketing"
