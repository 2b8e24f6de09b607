from django.urls import path

from . import views

app_name = "kernel"
urlpatterns = [
    path("jobs/", views.job_list, name="jobs"),
    path("jobs/<uuid:job_id>/", views.job, name="job"),
    path("jobs/<uuid:job_id>/progress/", views.job_progress, name="job_progress"),
    path("jobs/<uuid:job_id>/cancel/", views.job_cancel, name="job_cancel"),
    path("jobs/<uuid:job_id>/retry/", views.job_retry, name="job_retry"),
    path("files/<uuid:file_id>/", views.file, name="file"),
    path("files/<str:purpose>/<str:token>/", views.download, name="download"),
]
