"""Laws of workspaces, for `manage.py check_laws`."""

from __future__ import annotations

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
