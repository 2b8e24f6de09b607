"""The subscribers' front room, the welcome to strangers, and the help of every page."""

from django.urls import path

from . import views

app_name = "portal"

urlpatterns = [
    path("welcome/", views.welcome, name="welcome"),
    path("my/", views.home, name="home"),
    path("my/use/", views.use, name="use"),
    path("my/begin/", views.begin_page, name="begin"),
    path("my/erasure/", views.erasure, name="erasure"),
    path("my/erasure/withdraw/", views.erasure_withdraw, name="erasure_withdraw"),
    path("help/", views.help_index, name="help_index"),
    path("help/<slug:topic>/", views.help_topic, name="help"),
]
