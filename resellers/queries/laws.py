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
with entries as (
  select entry.id, entry.source_id as sale_id from kernel_ledgerentry entry where entry.source_kind = 'sale'
  union all
  select entry.id, back.sale_id::text from resellers_salereturn back
    join kernel_ledgerentry entry on entry.source_kind = 'sale_return' and entry.source_id = back.id::text
), booked as (
  select entries.sale_id, sum(leg.amount_minor) as minor from entries
    join kernel_ledgerposting leg on leg.entry_id = entries.id and leg.ledger_account = 'discount'
   group by entries.sale_id
), stands as (
  select sale_id, coalesce(sum(discount_minor) filter (where undone_at is null), 0) as minor
    from resellers_saleline group by sale_id
)
select stands.sale_id from stands left join booked on booked.sale_id = stands.sale_id::text
 where coalesce(booked.minor, 0) <> stands.minor
"""

_RETURNED: Final = """
select back.id from resellers_salereturn back left join resellers_saleline line on line.returned_id = back.id
 group by back.id
having count(line.id) <> back.count or coalesce(sum(line.face_minor), 0) <> back.face_minor
    or coalesce(sum(line.discount_minor), 0) <> back.discount_minor
    or bool_or(line.sale_id <> back.sale_id or line.undone_at is distinct from back.at)
"""


def declare() -> None:
    """Make the laws of this package known."""
    laws.add("receipts_have_no_gaps", _NO_GAPS, says="A store's receipts of a year are numbered from 1 without gaps.")
    laws.add(
        "sold_cards_stand_on_their_receipt",
        _STANDING,
        says="A card on a receipt that stands was sold by that receipt, or was replaced since.",
    )
    laws.add("sale_discount_is_booked", _BOOKED, says="The discount of what stands on a receipt is in the books.")
    laws.add("sale_returns_are_their_lines", _RETURNED, says="A return is the sum of the cards that came back with it.")
