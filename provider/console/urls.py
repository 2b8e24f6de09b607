"""The operators' front room."""

from django.urls import path

from .views import account, accounts, audit, erasures, home, house, ledger, renewals, service

app_name = "console"

_account = [
    path("", account.overview, name="account"),
    path("subscription/", service.subscription, name="account_subscription"),
    path("usage/", service.usage, name="account_usage"),
    path("clock/", service.test_clock, name="test_clock"),
    path("money/", service.money, name="account_money"),
    path("cards/", service.cards, name="account_cards"),
    path("members/", account.members, name="account_members"),
    path("members/<uuid:membership_id>/email/", account.member_email, name="member_email"),
    path("invitations/<uuid:invitation_id>/resend/", account.invitation_resend, name="invitation_resend"),
    path("invitations/<uuid:invitation_id>/revoke/", account.invitation_revoke, name="invitation_revoke"),
    path("messages/", account.messages, name="account_messages"),
    path("history/", account.history, name="account_history"),
    path("work/", account.work, name="account_work"),
    path("support/", account.support, name="account_support"),
    path("keys/", account.keys, name="account_keys"),
    path("settings/", account.settings, name="account_settings"),
]

urlpatterns = [
    path("operator/", home.home, name="home"),
    path("operator/search/", home.search, name="search"),
    path("operator/search/suggest/", home.suggest, name="suggest"),
    path("operator/accounts/", accounts.account_list, name="accounts"),
    path("operator/accounts/new/", accounts.account_new, name="account_new"),
    *[path(f"operator/accounts/<uuid:account_id>/{part.pattern}", part.callback, name=part.name) for part in _account],
    path("operator/erasures/", erasures.erasure_list, name="erasures"),
    path("operator/erasures/<uuid:erasure_id>/", erasures.erasure_page, name="erasure"),
    path("operator/erasures/<uuid:erasure_id>/decide/", erasures.erasure_decide, name="erasure_decide"),
    path("operator/erasures/<uuid:erasure_id>/certificate/", erasures.certificate, name="erasure_certificate"),
    path("operator/renewals/", renewals.renewal_list, name="renewals"),
    path("operator/audit/", audit.audit_list, name="audit"),
    path("operator/audit/<uuid:row_id>/", audit.audit_row, name="audit_row"),
    path("operator/ledger/", ledger.entry_list, name="ledger"),
    path("operator/ledger/<int:entry_number>/", ledger.entry_page, name="ledger_entry"),
    path("operator/outbox/", house.outbox_list, name="outbox"),
    path("operator/outbox/retry/", house.outbox_retry_all, name="outbox_retry_all"),
    path("operator/outbox/<uuid:event_id>/", house.outbox_event, name="outbox_event"),
    path("operator/outbox/<uuid:event_id>/retry/", house.outbox_retry, name="outbox_retry"),
    path("operator/invitations/", house.invitation_list, name="invitations"),
    path("operator/invitations/resend/", house.invitation_resend_all, name="invitations_resend"),
    path("operator/brands/", house.brand_list, name="brands"),
    path("operator/regions/", house.region_list, name="regions"),
    path("operator/regions/new/", house.region_new, name="region_new"),
    path("operator/regions/<slug:code>/open/", house.region_open, name="region_open"),
]
