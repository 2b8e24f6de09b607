from django.apps import AppConfig


class WorkshopConfig(AppConfig):
    name = "provider.workshop"
    label = "workshop"

    def ready(self) -> None:
        from plans.events import StoriesDue
        from provider.kernel import outbox

        from .stories.keeping import play_due

        outbox.on(StoriesDue, play_due, name="workshop.play_due")
