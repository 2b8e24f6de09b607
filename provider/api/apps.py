from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "provider.api"
    label = "api"
