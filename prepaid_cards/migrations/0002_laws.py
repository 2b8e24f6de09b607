"""Laws that models cannot declare: what is offered, approved or promised keeps its content; events are only added to."""

from django.db import migrations

from provider.kernel.schema import AppendOnly

_CONTENT = {
    "product": (
        "prepaid_cards_cardproduct",
        "old.status <> 'draft'",
        "kind plan_id months days seats top_up_minor points face_minor currency tax_class tax_rate redeem_by"
        " redeem_by_on redeem_by_years",
    ),
    "batch": (
        "prepaid_cards_cardbatch",
        "old.status <> 'draft'",
        "product_id kind prefix request_key count face_minor currency tax_class tax_rate redeem_by redeem_before"
        " redeem_by_years needs_second_person ordered_at ordered_by_id approved_by_id",
    ),
    "redemption": (
        "prepaid_cards_redemption",
        "true",
        "card_id account_id kind at user_id api_key_id subscription_id campaign_id face_minor tax_minor currency"
        " tax_class begins_at ends_at quote_digest facts",
    ),
}


def _keeps(name: str) -> migrations.RunSQL:
    table, once, columns = _CONTENT[name]
    differs = " or ".join(f"new.{column} is distinct from old.{column}" for column in columns.split())
    law = f"card_{name}_content_stays"
    return migrations.RunSQL(
        f"""
        create function {law}() returns trigger language plpgsql as $$
        begin
          raise exception '{law}: it was promised as it is' using errcode = 'restrict_violation';
        end $$;
        create trigger {law} before update on {table} for each row
          when ({once} and ({differs})) execute function {law}();
        """,
        f"drop trigger {law} on {table}; drop function {law}();",
    )


class Migration(migrations.Migration):
    dependencies = [("prepaid_cards", "0001_initial"), ("kernel", "0001_audit_and_outbox")]

    operations = [
        AppendOnly("prepaid_cards_cardevent", "card_events_are_kept"),
        AppendOnly("prepaid_cards_redemptionattempt", "card_attempts_are_kept"),
        _keeps("product"),
        _keeps("batch"),
        _keeps("redemption"),
    ]
