from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "provider.messages"
    label = "provider_messages"  # Django has its own "messages"

    def ready(self) -> None:
        from provider.kernel import post

        from . import handlers, tasks  # noqa: F401 - whoever sends must know the task by name

        post.register(handlers.carry)
