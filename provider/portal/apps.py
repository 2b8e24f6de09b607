from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "provider.portal"
    label = "portal"

    def ready(self) -> None:
        from provider.accounts.operations.users import on_sign_up
        from provider.portal.operations.beginning import begin_at_sign_up

        on_sign_up(begin_at_sign_up)
