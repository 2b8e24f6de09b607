from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "provider.messages"
    label = "provider_messages"  # Django has its own "messages"

    def ready(self) -> None:
        from provider.accounts.events import AccountCreated, ActingEnded
        from provider.kernel import outbox, post
        from provider.kernel.events import JobFinished

        from . import handlers, tasks  # noqa: F401 - whoever sends must know the task by name

        post.register(handlers.carry)
        outbox.on(JobFinished, handlers.tell_of_finished_job)
        outbox.on(ActingEnded, handlers.tell_of_left_account)
        outbox.on(AccountCreated, handlers.welcome)
