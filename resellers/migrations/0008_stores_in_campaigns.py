"""Promotions are for stores too: those that are there, and where what was sold before went over the counter."""

from django.db import migrations

STORES = """
insert into prepaid_cards_sellingplace (id, seller_id, code, name, is_open)
select id, reseller_id, code, name, closed_at is null from resellers_store on conflict (id) do nothing;
"""
SALES = """
update prepaid_cards_activation sold set store_id = sale.store_id
  from resellers_sale sale where sale.activation_id = sold.id and sold.store_id is null;
"""


class Migration(migrations.Migration):
    dependencies = [("resellers", "0007_returns"), ("prepaid_cards", "0018_stores_of_campaigns")]

    operations = [
        migrations.RunSQL(STORES, migrations.RunSQL.noop),
        migrations.RunSQL(SALES, migrations.RunSQL.noop),
    ]
