"""Doors of prepaid cards."""

from __future__ import annotations

from django.urls import path

from .views import (
    batches,
    breakage,
    campaigns,
    card_reports,
    exports,
    fraud,
    holder_help,
    issue,
    print_reports,
    products,
    redeem,
    replacement,
    reports,
    serials,
    winback,
)

app_name = "prepaid_cards"

_batch = "operator/cards/batches/<uuid:batch_id>/"
_export = f"{_batch}exports/<uuid:export_id>/"
_campaign = "operator/cards/campaigns/<uuid:campaign_id>/"
_report = "operator/cards/reports/<uuid:card_report_id>/"
_own_report = "my/redeem/help/<uuid:card_report_id>/"
_product = "operator/cards/products/<uuid:card_product_id>/"

urlpatterns = [
    path("redeem/", redeem.redeem_open, name="redeem_open"),
    path("my/redeem/", redeem.redeem_page, name="redeem"),
    path("my/redeem/confirm/", redeem.redeem_confirm, name="redeem_confirm"),
    path("my/redeem/unreadable/", holder_help.unreadable, name="redeem_unreadable"),
    path("my/redeem/help/", holder_help.help_page, name="redeem_help"),
    path(_own_report, holder_help.own_report, name="redeem_report"),
    path(f"{_own_report}use/", holder_help.own_report_use, name="redeem_report_use"),
    path("my/redeem/<uuid:redemption_id>/", redeem.redeemed, name="redeemed"),
    path("my/redeem/<uuid:redemption_id>/undo/", redeem.redeem_undo, name="redeem_undo"),
    path("operator/cards/", batches.batch_list, name="batches"),
    path("operator/cards/batches/new/", batches.batch_new, name="batch_new"),
    path(_batch, batches.batch, name="batch"),
    path(f"{_batch}approve/", batches.batch_approve, name="batch_approve"),
    path(f"{_batch}open/", batches.batch_open, name="batch_open"),
    path(f"{_batch}lock/", batches.batch_lock, name="batch_lock"),
    path(f"{_batch}void/", batches.batch_void, name="batch_void"),
    path(f"{_batch}ship/", batches.batch_ship, name="batch_ship"),
    path(f"{_batch}range/", batches.batch_range, name="batch_range"),
    path(f"{_batch}issue/", issue.card_issue, name="card_issue"),
    path(f"{_batch}export/", exports.export_new, name="export_new"),
    path(f"{_batch}printed/", print_reports.print_reports, name="print_reports"),
    path(f"{_export}approve/", exports.export_approve, name="export_approve"),
    path(f"{_export}withdraw/", exports.export_withdraw, name="export_withdraw"),
    path(f"{_export}password/", exports.export_password, name="export_password"),
    path(f"{_export}file/", exports.export_file, name="export_file"),
    path(f"{_export}confirm/", exports.export_confirm, name="export_confirm"),
    path("operator/cards/fraud/", fraud.desk, name="fraud_desk"),
    path("operator/cards/fraud/tries/", fraud.tries, name="card_tries"),
    path("operator/cards/fraud/<int:alert_id>/release/", fraud.alert_release, name="alert_release"),
    path("operator/cards/fraud/<int:alert_id>/keep/", fraud.alert_keep, name="alert_keep"),
    path("operator/cards/fraud/waits/<str:whose>/end/", fraud.wait_end, name="wait_end"),
    path("operator/cards/reports/", card_reports.report_list, name="card_reports"),
    path(_report, card_reports.report, name="card_report"),
    path(f"{_report}release/", card_reports.report_release, name="card_report_release"),
    path(f"{_report}extend/", card_reports.report_extend, name="card_report_extend"),
    path(f"{_report}decline/", card_reports.report_decline, name="card_report_decline"),
    path("operator/cards/products/", products.product_list, name="products"),
    path("operator/cards/products/new/", products.product_new, name="product_new"),
    path(_product, products.product, name="product"),
    path(f"{_product}edit/", products.product_edit, name="product_edit"),
    path(f"{_product}offer/", products.product_offer, name="product_offer"),
    path(f"{_product}retire/", products.product_retire, name="product_retire"),
    path("operator/cards/campaigns/", campaigns.campaign_list, name="campaigns"),
    path("operator/cards/campaigns/new/", campaigns.campaign_new, name="campaign_new"),
    path(_campaign, campaigns.campaign, name="campaign"),
    path(f"{_campaign}launch/", campaigns.campaign_launch, name="campaign_launch"),
    path(f"{_campaign}stop/", campaigns.campaign_stop, name="campaign_stop"),
    path("operator/cards/liability/", reports.liability, name="liability"),
    path("operator/cards/liability/serials/", reports.liability_serials, name="liability_serials"),
    path("operator/cards/breakage/", breakage.breakage, name="breakage"),
    path("operator/cards/breakage/policies/new/", breakage.policy_new, name="breakage_policy_new"),
    path("operator/cards/breakage/<uuid:breakage_month_id>/", breakage.month, name="breakage_month"),
    path("operator/cards/win-back/", winback.sleepers, name="win_back"),
    path("operator/cards/win-back/offers/", winback.choose, name="win_back_choose"),
    path("operator/cards/win-back/<uuid:win_back_round_id>/", winback.win_back_round, name="win_back_round"),
    path("operator/cards/win-back/<uuid:win_back_round_id>/send/", winback.send, name="win_back_send"),
    path("operator/cards/serials/", serials.serial_search, name="serial_search"),
    path("operator/cards/serials/<str:serial>/", serials.serial, name="serial"),
    path("operator/cards/serials/<str:serial>/extend/", serials.serial_extend, name="serial_extend"),
    path("operator/cards/serials/<str:serial>/replace/", replacement.serial_replace, name="serial_replace"),
]
