from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "provider.portal"
    label = "portal"

    def ready(self) -> None:
        from provider.accounts.operations.users import on_sign_up
        from provider.accounts.queries import sold_in
        from provider.portal.operations.beginning import begin_at_sign_up
        from provider.portal.queries.beginning import currencies_sold

        on_sign_up(begin_at_sign_up)
        sold_in(currencies_sold)
