from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "provider.kernel"
    label = "kernel"

    def ready(self) -> None:
        """Make the tasks known to whoever publishes, not only to workers."""
        from . import tasks  # noqa: F401
