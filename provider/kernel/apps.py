from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "provider.kernel"
    label = "kernel"

    def ready(self) -> None:
        """Make the tasks known to whoever publishes, not only to workers; the laws; the check of the schema."""
        from django.core.checks import Tags, register
        from django.db.backends.signals import connection_created

        from . import guard, instants, laws, tasks  # noqa: F401

        connection_created.connect(instants.read_fast)
        laws.add_own()
        register(guard.check_schema, Tags.database)
