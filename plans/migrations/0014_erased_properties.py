"""What was counted is never changed; its properties may be taken off once, when an account is erased."""

from django.db import migrations

_FORWARD = """
create function usage_kept_but_for_erasure() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and current_setting('perennial.erasing', true) = old.account_id::text
     and new.properties is null
     and to_jsonb(new) - 'properties' = to_jsonb(old) - 'properties' then
    return new;
  end if;
  raise exception 'usage_event_is_append_only: % of %', lower(tg_op), tg_table_name
    using errcode = 'restrict_violation';
end $$;
drop trigger usage_event_is_append_only on plans_usageevent;
create trigger usage_event_is_append_only before update or delete on plans_usageevent
  for each row execute function usage_kept_but_for_erasure();
create function erased_account_is_not_served() returns trigger language plpgsql as $$
begin
  if exists (select from accounts_account a where a.id = new.account_id and a.erased_at is not null) then
    raise exception 'erased_account_is_not_served: account %', new.account_id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger erased_account_is_not_served_new before insert on plans_subscription for each row
  execute function erased_account_is_not_served();
create trigger erased_account_is_not_served before update of status on plans_subscription for each row
  when (old.status = 'ended' and new.status <> 'ended') execute function erased_account_is_not_served();
"""
_BACK = """
drop function erased_account_is_not_served() cascade;
drop trigger usage_event_is_append_only on plans_usageevent;
create trigger usage_event_is_append_only before update or delete on plans_usageevent
  for each row execute function refuse_change();
drop function usage_kept_but_for_erasure();
"""


class Migration(migrations.Migration):
    dependencies = [("plans", "0013_cards_with_seats"), ("accounts", "0003_erasure")]

    operations = [migrations.RunSQL(_FORWARD, _BACK)]
