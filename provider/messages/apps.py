from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "provider.messages"
    label = "provider_messages"  # Django has its own "messages"

    def ready(self) -> None:
        from provider.kernel import post

        from .handlers import carry

        post.register(carry)
