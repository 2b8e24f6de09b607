"""The resellers' portal, and the provider's pages about resellers."""

from django.urls import path

from .views import agreements, customers, reports, returns, sales, stock, stores, till

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

_till = [
    path("reseller/till/", till.till, name="till"),
    path("reseller/till/scan/", till.till_scan, name="till_scan"),
    path("reseller/till/pay/", till.till_pay, name="till_pay"),
    path("reseller/sales/", sales.sale_list, name="sales"),
    path("reseller/sales/<uuid:sale_id>/", sales.sale_page, name="sale"),
    path("reseller/sales/<uuid:sale_id>/undo/", sales.sale_undo, name="sale_undo"),
    path("reseller/sales/<uuid:sale_id>/return/", returns.sale_return, name="sale_return"),
    path(
        "reseller/sales/<uuid:sale_id>/returns/<int:number>/", returns.sale_return_receipt, name="sale_return_receipt"
    ),
    path("reseller/reports/", reports.report_list, name="reports"),
    path("reseller/reports/<uuid:card_report_id>/", reports.report_page, name="report"),
    path("reseller/reports/<uuid:card_report_id>/decline/", reports.report_decline, name="report_decline"),
    path("reseller/takings/", sales.takings_page, name="takings"),
    path("reseller/statement/", sales.statement_page, name="statement"),
]

_stock = [
    path("reseller/stock/", stock.stock_page, name="stock"),
    path("reseller/cards/", stock.card_page, name="card"),
    path("reseller/shipments/", stock.shipment_list, name="shipments"),
    path("reseller/shipments/<uuid:transfer_id>/", stock.shipment_page, name="shipment"),
    path("reseller/shipments/<uuid:transfer_id>/receive/", stock.shipment_receive, name="shipment_receive"),
]

urlpatterns = [
    path("reseller/", customers.home, name="home"),
    path("reseller/customers/", customers.customers, name="customers"),
    path("reseller/customers/new/", customers.customer_new, name="customer_new"),
    *_till,
    *_stock,
    *_stores,
    *_operator,
]
