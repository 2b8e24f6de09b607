from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "provider.console"
    label = "console"
