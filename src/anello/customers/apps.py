from django.apps import AppConfig


class Config(AppConfig):
    name = "anello.customers"
    label = "customers"
