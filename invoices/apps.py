from django.apps import AppConfig
from django.core.checks import register


class InvoicesConfig(AppConfig):
    name = "invoices"
    label = "invoices"

    def ready(self) -> None:
        from .documents.checks import check_printing

        register(check_printing, "printing", deploy=True)
