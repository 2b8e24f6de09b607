from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "provider.accounts"
    label = "accounts"

    def ready(self) -> None:
        from provider.kernel import files, media, post

        from .models import LOGO
        from .rules.letters import LETTERS

        post.declare(*LETTERS)
        files.define(LOGO, media_types={media.PNG, media.JPEG, media.WEBP}, limit_bytes=512 * 1024)

        from .handlers import connect

        connect()

        from provider.kernel import machine_doors

        from .api import router

        machine_doors.mount(router)
