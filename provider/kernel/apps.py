from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "provider.kernel"
    label = "kernel"
