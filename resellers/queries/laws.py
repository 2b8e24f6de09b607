"""What must be true of all sales together; `manage.py check_laws` asks."""

from __future__ import annotations

from typing import Final

from provider.kernel import laws

_NO_GAPS: Final = """
select series.id from resellers_receiptseries series
  left join resellers_sale sale on sale.store_id = series.store_id and sale.year = series.year
 group by series.id having count(sale.id) <> series.last_number or coalesce(max(sale.number), 0) <> series.last_number
"""

_STANDING: Final = """
select line.id from resellers_saleline line
  join resellers_sale sale on sale.id = line.sale_id
  join prepaid_cards_card card on card.id = line.card_id
 where line.undone_at is null and card.activation_id is distinct from sale.activation_id
   and not exists (select from prepaid_cards_cardreplacement other where other.old_id = card.id)
"""

_BOOKED: Final = """
select sale.id from resellers_sale sale
  left join kernel_ledgerentry entry on entry.source_kind = 'sale' and entry.source_id = sale.id::text
  left join kernel_ledgerposting leg on leg.entry_id = entry.id and leg.ledger_account = 'discount'
 group by sale.id
having coalesce(sum(leg.amount_minor), 0) <> case when sale.undone_at is null then sale.discount_minor else 0 end
"""


def declare() -> None:
    """Make the laws of this package known."""
    laws.add("receipts_have_no_gaps", _NO_GAPS, says="A store's receipts of a year are numbered from 1 without gaps.")
    laws.add(
        "sold_cards_stand_on_their_receipt",
        _STANDING,
        says="A card on a receipt that stands was sold by that receipt, or was replaced since.",
    )
    laws.add("sale_discount_is_booked", _BOOKED, says="A sale's discount stands in the books until it is undone.")
