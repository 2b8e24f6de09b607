from django.apps import AppConfig


class CrmTenantConfig(AppConfig):
    name = "crm_tenant"
    label = "crm_tenant"
