"""The resellers' portal, and the provider's pages about resellers."""

from django.urls import path

from .views import agreements, customers, stores

app_name = "resellers"

_operator = [
    path("operator/resellers/", agreements.reseller_list, name="resellers"),
    path("operator/resellers/<uuid:account_id>/", agreements.reseller_page, name="reseller"),
    path("operator/resellers/<uuid:account_id>/terms/", agreements.agreement_new, name="agreement_new"),
    path(
        "operator/resellers/<uuid:account_id>/terms/<uuid:agreement_id>/end/",
        agreements.agreement_end,
        name="agreement_end",
    ),
]

_stores = [
    path("reseller/stores/", stores.store_list, name="stores"),
    path("reseller/stores/new/", stores.store_new, name="store_new"),
    path("reseller/stores/<uuid:store_id>/", stores.store_page, name="store"),
    path("reseller/stores/<uuid:store_id>/staff/", stores.store_staff, name="store_staff"),
    path("reseller/stores/<uuid:store_id>/close/", stores.store_close, name="store_close"),
]

urlpatterns = [
    path("reseller/", customers.home, name="home"),
    path("reseller/customers/", customers.customers, name="customers"),
    path("reseller/customers/new/", customers.customer_new, name="customer_new"),
    *_stores,
    *_operator,
]
