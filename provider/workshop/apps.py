from django.apps import AppConfig


class WorkshopConfig(AppConfig):
    name = "provider.workshop"
    label = "workshop"
