from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "provider.messages"
    label = "provider_messages"  # Django has its own "messages"
