"""The resellers' portal."""

from django.urls import path

from . import views

app_name = "resellers"

urlpatterns = [
    path("reseller/", views.home, name="home"),
    path("reseller/customers/", views.customers, name="customers"),
    path("reseller/customers/new/", views.customer_new, name="customer_new"),
]
