"""Doors of invoices: the subscriber's, the operators', papers for both, and the gateway's."""

from django.urls import path

from .views import (
    acts,
    extras,
    giving_back,
    operators,
    own,
    papers,
    renewing,
    revenue,
    runs,
    sellers,
    served,
    starting,
    webhooks,
)

app_name = "invoices"

urlpatterns = [
    path("my/invoices/", own.own_invoices, name="own_invoices"),
    path("my/invoices/archive/", own.archive, name="own_archive"),
    path("my/invoices/<uuid:invoice_id>/", own.own_invoice, name="own_invoice"),
    path("my/invoices/<uuid:invoice_id>/pay/", own.pay, name="pay"),
    path("my/payments/<uuid:attempt_id>/back/", own.payment_back, name="payment_back"),
    path("my/subscription/", served.own_subscription, name="own_subscription"),
    path("my/renew/", renewing.renew, name="renew"),
    path("my/renew/<uuid:invoice_id>/withdraw/", renewing.renew_withdraw, name="renew_withdraw"),
    path("my/subscriptions/<uuid:subscription_id>/<slug:act>/", acts.own_act, name="own_act"),
    path("operator/accounts/<uuid:account_id>/subscriptions/new/", starting.start, name="start"),
    path(
        "operator/accounts/<uuid:account_id>/subscriptions/<uuid:subscription_id>/<slug:act>/",
        acts.operators_act,
        name="act",
    ),
    path("invoices/<uuid:invoice_id>.pdf", papers.invoice_pdf, name="invoice_pdf"),
    path("invoices/credit-notes/<uuid:credit_note_id>.pdf", papers.credit_note_pdf, name="credit_note_pdf"),
    path("invoices/receipts/<uuid:payment_id>.pdf", papers.receipt_pdf, name="receipt_pdf"),
    path("operator/invoices/", operators.invoices, name="invoices"),
    path("operator/invoices/<uuid:invoice_id>/", operators.invoice, name="invoice"),
    path("operator/invoices/<uuid:invoice_id>/payment/", operators.record_payment, name="record_payment"),
    path("operator/invoices/<uuid:invoice_id>/apply/<uuid:payment_id>/", operators.apply, name="apply_payment"),
    path("operator/invoices/<uuid:invoice_id>/send/", operators.send, name="send_invoice"),
    path("operator/invoices/archive/", operators.archive, name="archive"),
    path("operator/invoices/new/", extras.choose_account, name="invoice_new"),
    path("operator/accounts/<uuid:account_id>/charge/", extras.charge, name="charge"),
    path("operator/accounts/<uuid:account_id>/charge/invoice/", extras.make_invoice, name="charge_invoice"),
    path(
        "operator/accounts/<uuid:account_id>/charge/<uuid:line_id>/withdraw/", extras.withdraw, name="charge_withdraw"
    ),
    path("operator/invoices/<uuid:invoice_id>/credit/", giving_back.credit_new, name="credit_new"),
    path("operator/invoices/<uuid:invoice_id>/void/", giving_back.void, name="void"),
    path("operator/credit-notes/", giving_back.credit_notes, name="credit_notes"),
    path("operator/credit-notes/<uuid:credit_note_id>/", giving_back.credit_note, name="credit_note"),
    path("operator/credit-notes/<uuid:credit_note_id>/refund/", giving_back.refund, name="refund"),
    path("operator/payments/", operators.payments, name="payments"),
    path("operator/seller/", sellers.seller, name="seller"),
    path("operator/revenue/", revenue.revenue, name="revenue"),
    path("operator/billing/", runs.run_list, name="runs"),
    path("operator/billing/start/", runs.run_start, name="run_start"),
    path("operator/billing/try/", runs.run_try, name="run_try"),
    path("operator/billing/runs/<uuid:run_id>/", runs.run, name="run"),
    path("operator/billing/runs/<uuid:run_id>/cancel/", runs.run_cancel, name="run_cancel"),
    path("operator/billing/parked/", runs.parked_list, name="parked"),
    path("operator/billing/parked/retry/", runs.parked_retry_some, name="parked_retry_some"),
    path("operator/billing/parked/<uuid:parked_id>/", runs.parked_account, name="parked_account"),
    path("operator/billing/parked/<uuid:parked_id>/retry/", runs.parked_retry, name="parked_retry"),
    path("payments/stripe/", webhooks.stripe_webhook, name="stripe_webhook"),
]
