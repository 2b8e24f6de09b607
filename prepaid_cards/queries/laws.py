"""What must be true of all cards at any time, asked by `manage.py check_laws`."""

from __future__ import annotations

from provider.kernel import laws

_TAX = "round(b.face_minor * b.tax_rate / (100 + b.tax_rate))"
OWED = (  # minor units that a sold card of batch b is owed for, as `Price.liability_minor` says
    f"case b.tax_class when 'promotional' then 0 when 'single_purpose' then b.face_minor - {_TAX} else b.face_minor end"
)


def add() -> None:
    """Called once, when the application starts."""
    laws.add(
        "cards_are_counted",
        "select b.prefix from prepaid_cards_cardbatch b where b.made_count <>"
        " (select count(*) from prepaid_cards_card c where c.batch_id = b.id)",
        says="A batch has as many cards as it says.",
    )
    laws.add(
        "card_liability_is_the_sold_cards",
        f"with owed as (select b.currency, sum({OWED} - coalesce(w.minor, 0)) as minor from prepaid_cards_card c"  # noqa: S608
        " join prepaid_cards_cardbatch b on b.id = c.batch_id"
        " left join prepaid_cards_cardbreakage w on w.card_id = c.id and w.reopened_at is null"
        " where c.status = 'active' or (c.status = 'frozen' and c.frozen_from = 'active') group by b.currency),"
        " booked as (select currency, -sum(amount_minor) as minor from kernel_ledgerposting"
        " where ledger_account = 'card_liability' group by currency)"
        " select coalesce(owed.currency, booked.currency), owed.minor, booked.minor"
        " from owed full join booked using (currency) where coalesce(owed.minor, 0) <> coalesce(booked.minor, 0)",
        says="What the books owe for sold cards is what is printed on those that were not redeemed, nor broken off.",
    )
    laws.add(
        "cards_redeemed_have_their_redemption",
        "select c.serial from prepaid_cards_card c left join prepaid_cards_redemption r"
        " on r.card_id = c.id and r.status = 'done' where (c.status = 'redeemed') <> (r.id is not null)",
        says="A card is redeemed exactly if it has a redemption that was not undone.",
    )
    laws.add(
        "card_secrets_end_with_the_printer",
        "select b.prefix from prepaid_cards_cardbatch b"
        " where b.wrapped_key is not null and (b.key_expires_at < now() - interval '2 hours' or exists"
        " (select from prepaid_cards_cardexport e where e.batch_id = b.id and e.status = 'confirmed'))",
        says="The key of a batch's secrets is destroyed when the printer has them, or after 72 hours.",
    )
    laws.add(
        "card_sales_are_whole",
        "select a.id from prepaid_cards_activation a join prepaid_cards_card c on c.activation_id = a.id"
        " group by a.id having count(c.id) > a.count",
        says="No more cards belong to a sale than were sold in it.",
    )
