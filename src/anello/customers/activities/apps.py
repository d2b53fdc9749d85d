from django.apps import AppConfig


class Config(AppConfig):
    name = "anello.customers.activities"
    label = "activities"
