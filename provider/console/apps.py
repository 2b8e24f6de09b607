from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "provider.console"
    label = "console"

    def ready(self) -> None:
        from provider.kernel import jobs
        from provider.kernel.errors import N_

        from .operations.invitations import KIND, resend_chunk

        jobs.define(
            KIND,
            step=resend_chunk,
            title=N_("Sending invitations again"),
            outcomes={"sent": N_("sent"), "left_alone": N_("answered meanwhile")},
        )
