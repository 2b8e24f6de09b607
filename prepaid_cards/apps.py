from django.apps import AppConfig


class PrepaidCardsConfig(AppConfig):
    name = "prepaid_cards"
    label = "prepaid_cards"
