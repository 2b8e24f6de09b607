from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "provider.accounts"
    label = "accounts"
