from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "provider.kernel"
    label = "kernel"

    def ready(self) -> None:
        """Make the tasks known to whoever publishes, not only to workers; the laws; the check of the schema."""
        from django.core.checks import Tags, register

        from . import guard, instants, laws, tasks  # noqa: F401

        instants.read_fast()
        laws.add_own()
        register(guard.check_schema, Tags.database)
