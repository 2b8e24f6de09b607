"""Laws of workspaces, for `manage.py check_laws`."""

from __future__ import annotations

from plans.queries.corrections import COUNTS
from provider.kernel import laws


def add_own() -> None:
    """Make them known."""
    laws.add(
        "crm_record_count_is_the_records",
        "select workspace, kept, records from crm_levels() where kept <> records",
        says="The count of customer records of a workspace is the number of its companies and people.",
    )
    laws.add(
        "crm_records_are_metered",
        "select l.workspace, l.records, u.level from crm_levels() l join ("
        " select e.account_id, sum(case when e.is_removal then -e.value else e.value end) as level"
        " from plans_usageevent e join plans_meter m on m.id = e.meter_id"
        " where m.code = 'records' and e.source = 'crm' group by 1) u on u.account_id = l.account"
        " where u.level <> l.records"
        " and not exists (select from kernel_outboxevent o where o.account_id = l.account and o.status <> 'delivered'"
        " and o.name = 'crm.customer_records_changed')",
        says="What is metered of a workspace's customer records is what is in it.",
    )
    laws.add(
        "crm_sales_are_metered",
        "select s.account, s.sale from crm_sales() s"  # noqa: S608 - our own text
        " join plans_usagekey k on k.account_id = s.account and k.source = 'crm' and k.event_id = s.sale::text"
        " left join (select e.account_id, e.event_id from plans_usageevent e join plans_meter m on m.id = e.meter_id"
        f" where m.code = 'sales' and e.source = 'crm' and {COUNTS}) counted"
        " on counted.account_id = s.account and counted.event_id = s.sale::text"
        " where (counted.event_id is not null) = s.is_taken_back"
        " and not exists (select from plans_unmatchedevent w where w.account_id = s.account and w.source = 'crm'"
        " and w.event_id = s.sale::text and w.outcome <> 'replayed')"
        " and not exists (select from kernel_outboxevent o where o.account_id = s.account and o.status <> 'delivered'"
        " and o.name in ('crm.sale_counted', 'crm.sale_taken_back'))",
        says="A won deal that was told to the meter of sales counts once, and not any more when it was taken back.",
    )
