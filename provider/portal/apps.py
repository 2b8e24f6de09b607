from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "provider.portal"
    label = "portal"
