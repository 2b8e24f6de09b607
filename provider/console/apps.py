from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "provider.console"
    label = "console"

    def ready(self) -> None:
        from provider.kernel import jobs
        from provider.kernel.errors import N_

        from .operations.erasure import JOB, erase_chunk
        from .operations.invitations import KIND, resend_chunk

        erased = {
            "crm_rows": N_("rows of the CRM"),
            "files": N_("files"),
            "usage": N_("properties"),
            "messages": N_("messages"),
            "keys": N_("keys and invitations"),
        }
        jobs.define(JOB, step=erase_chunk, title=N_("Erasure of an account"), outcomes=erased)

        jobs.define(
            KIND,
            step=resend_chunk,
            title=N_("Sending invitations again"),
            outcomes={"sent": N_("sent"), "left_alone": N_("answered meanwhile")},
        )
