"""The doors of messages, at the root: shared by all portals."""

from django.urls import path

from .views import choices, history, mailbox, notices, receipts

app_name = "messages"

urlpatterns = [
    path("messages/", history.message_list, name="list"),
    path("messages/<uuid:message_id>/", history.message_detail, name="detail"),
    path("messages/<uuid:message_id>/body/", history.message_body, name="body"),
    path("messages/deliveries/<uuid:delivery_id>/resend/", history.resend, name="resend"),
    path("messages/unsubscribe/<str:token>/", choices.unsubscribe, name="unsubscribe"),
    path("messages/receipts/twilio/<uuid:delivery_id>/", receipts.twilio, name="twilio_receipt"),
    path("messages/receipts/aliyun/<str:token>/", receipts.aliyun, name="aliyun_receipt"),
    path("messages/receipts/email/", receipts.email, name="email_receipt"),
    path("notices/", notices.notice_list, name="notices"),
    path("notices/bell/", notices.bell, name="bell"),
    path("notices/read/", notices.read_all, name="read_all"),
    path("notices/<uuid:notice_id>/read/", notices.read, name="read"),
    path("settings/notifications/", choices.matrix, name="preferences"),
    path("dev/mailbox/", mailbox.mailbox, name="mailbox"),
    path("dev/mailbox/<uuid:copy_id>/body/", mailbox.mailbox_body, name="mailbox_body"),
]
