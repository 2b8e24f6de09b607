from django.apps import AppConfig


class ResellersConfig(AppConfig):
    name = "resellers"
    label = "resellers"

    def ready(self) -> None:
        from .queries.laws import declare

        declare()

        from .handlers import connect

        connect()

        from provider.kernel import machine_doors

        from .api import router

        machine_doors.mount(router)
