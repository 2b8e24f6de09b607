from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "provider.accounts"
    label = "accounts"

    def ready(self) -> None:
        from provider.kernel import post

        from .rules.letters import LETTERS

        post.declare(*LETTERS)

        from .handlers import connect

        connect()

        from provider.kernel import machine_doors

        from .api import router

        machine_doors.mount(router)
