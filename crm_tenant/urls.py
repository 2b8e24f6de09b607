"""The CRM's doors."""

from django.urls import path

from .views import customers, day, deals, exports, imports, search, seats

app_name = "crm_tenant"

urlpatterns = [
    path("crm/", day.today, name="today"),
    path("crm/search/", search.search, name="search"),
    path("crm/search/suggest/", search.suggest, name="suggest"),
    path("crm/names/<slug:kind>/", search.names, name="names"),
    path("crm/tasks/", day.task_list, name="task_list"),
    path("crm/tasks/<uuid:task_id>/", day.task, name="task"),
    path("crm/tasks/<uuid:task_id>/done/", day.task_done, name="task_done"),
    path("crm/tasks/<uuid:task_id>/reopen/", day.task_reopen, name="task_reopen"),
    path("crm/<slug:kind>/<uuid:record_id>/step/", day.task_new, name="task_new"),
    path("crm/<slug:kind>/<uuid:record_id>/note/", day.note, name="note"),
    path("crm/import/", imports.import_list, name="import_list"),
    path("crm/import/sample/", imports.import_sample, name="import_sample"),
    path("crm/import/<uuid:import_id>/", imports.import_page, name="import"),
    path("crm/import/<uuid:import_id>/start/", imports.import_start, name="import_start"),
    path("crm/import/<uuid:import_id>/undo/", imports.import_undo, name="import_undo"),
    path("crm/import/<uuid:import_id>/<uuid:file_id>/", imports.import_map, name="import_map"),
    path("crm/import/<uuid:import_id>/<uuid:file_id>/leave-out/", imports.import_leave_out, name="import_leave_out"),
    path("crm/export/", exports.export, name="export"),
    path("crm/seats/", seats.seat_list, name="seat_list"),
    path("crm/seats/invite/", seats.seat_invite, name="seat_invite"),
    path("crm/seats/<uuid:membership_id>/free/", seats.seat_free, name="seat_free"),
    path("crm/seats/<uuid:membership_id>/give/", seats.seat_give, name="seat_give"),
    path("crm/deals/", deals.board, name="board"),
    path("crm/deals/list/", deals.deal_list, name="deal_list"),
    path("crm/deals/new/", deals.deal_new, name="deal_new"),
    path("crm/deals/column/<uuid:stage_id>/", deals.column, name="column"),
    path("crm/deals/<uuid:deal_id>/", deals.deal, name="deal"),
    path("crm/deals/<uuid:deal_id>/edit/", deals.deal_edit, name="deal_edit"),
    path("crm/deals/<uuid:deal_id>/move/", deals.deal_move, name="deal_move"),
    path("crm/deals/<uuid:deal_id>/archive/", deals.deal_archive, name="deal_archive"),
    path("crm/deals/<uuid:deal_id>/restore/", deals.deal_restore, name="deal_restore"),
    path("crm/companies/", customers.company_list, name="company_list"),
    path("crm/companies/new/", customers.company_new, name="company_new"),
    path("crm/companies/<uuid:company_id>/", customers.company, name="company"),
    path("crm/companies/<uuid:company_id>/edit/", customers.company_edit, name="company_edit"),
    path("crm/companies/<uuid:company_id>/archive/", customers.company_archive, name="company_archive"),
    path("crm/companies/<uuid:company_id>/restore/", customers.company_restore, name="company_restore"),
    path("crm/people/", customers.person_list, name="person_list"),
    path("crm/people/new/", customers.person_new, name="person_new"),
    path("crm/people/<uuid:person_id>/", customers.person, name="person"),
    path("crm/people/<uuid:person_id>/edit/", customers.person_edit, name="person_edit"),
    path("crm/people/<uuid:person_id>/archive/", customers.person_archive, name="person_archive"),
    path("crm/people/<uuid:person_id>/restore/", customers.person_restore, name="person_restore"),
]
