from django.apps import AppConfig


class CrmTenantConfig(AppConfig):
    name = "crm_tenant"
    label = "crm_tenant"

    def ready(self) -> None:
        from .handlers import connect
        from .queries.laws import add_own

        connect()
        add_own()
