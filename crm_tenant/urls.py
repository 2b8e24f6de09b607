"""The CRM's doors."""

from django.urls import path

from . import views

app_name = "crm_tenant"

urlpatterns = [path("crm/", views.today, name="today")]
