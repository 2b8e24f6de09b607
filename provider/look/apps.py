from django.apps import AppConfig


class LookConfig(AppConfig):
    name = "provider.look"
    label = "look"
