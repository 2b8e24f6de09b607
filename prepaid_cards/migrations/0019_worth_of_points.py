"""What was paid for points by cards that were redeemed before stands on the points, as the books say."""

from django.db import migrations

WORTH = """
update invoices_balancelot lot set worth_minor = leg.amount_minor
  from kernel_ledgerentry entry join kernel_ledgerposting leg on leg.entry_id = entry.id
 where lot.unit = 'points' and lot.source_kind = 'card_redemption' and entry.source_kind = 'card_points'
   and entry.purpose = 'redeemed' and entry.source_id = lot.source_id and leg.ledger_account = 'card_liability';
"""


class Migration(migrations.Migration):
    dependencies = [("prepaid_cards", "0018_stores_of_campaigns"), ("invoices", "0010_points")]

    operations = [migrations.RunSQL(WORTH, migrations.RunSQL.noop)]
