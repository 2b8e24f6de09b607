"""What must be true of the money of cards on every day of the past, asked by `manage.py check_laws`."""

from __future__ import annotations

from provider.kernel import laws

from .laws import OWED

# What every act did to the debt for cards, by its instant, whatever became of the card since.
_MOVES = f"""
select b.currency, e.at, case e.verb when 'activated' then {OWED} else -({OWED}) end * (e.last - e.first + 1) as minor
from prepaid_cards_cardevent e join prepaid_cards_cardbatch b on b.id = e.batch_id
where e.verb in ('activated', 'reversed')
union all
select b.currency, used.at, used.sign * {OWED} from prepaid_cards_redemption r
join prepaid_cards_card c on c.id = r.card_id join prepaid_cards_cardbatch b on b.id = c.batch_id
cross join lateral (values (r.at, -1), (r.undone_at, 1)) used(at, sign) where used.at is not null
union all
select l.currency, act.at, act.sign * w.minor from prepaid_cards_cardbreakage w
join prepaid_cards_breakagerelease l on l.id = w.release_id
cross join lateral (values (w.released_at, -1), (w.reopened_at, 1)) act(at, sign) where act.at is not null
"""  # noqa: S608


def _add_by_day(name: str, *, acts: str, booked: str, says: str) -> None:
    """A law that the running sums of acts and of an account of the books agree at the end of each day."""
    laws.add(
        name,
        f"with acts as ({acts}), booked as (select p.currency, e.at, -p.amount_minor as minor"  # noqa: S608
        f" from kernel_ledgerposting p join kernel_ledgerentry e on e.id = p.entry_id where {booked}),"
        " days as (select currency, (at at time zone 'UTC')::date as day, sum(minor) as minor from"
        " (select * from acts union all select currency, at, -minor from booked) act group by 1, 2),"
        " off as (select currency, day, sum(minor) over (partition by currency order by day) as minor from days)"
        " select currency, day, minor from off where minor <> 0",
        says=says,
    )


def add() -> None:
    """Called once, when the application starts."""
    _add_by_day(
        "card_liability_on_every_day",
        acts=_MOVES,
        booked="p.ledger_account = 'card_liability'",
        says="On every day of the past the books owed for cards what their serials say.",
    )
    _add_by_day(
        "card_breakage_on_every_day",
        acts="select l.currency, act.at, act.sign * w.minor as minor from prepaid_cards_cardbreakage w"
        " join prepaid_cards_breakagerelease l on l.id = w.release_id"
        " cross join lateral (values (w.released_at, 1), (w.reopened_at, -1)) act(at, sign) where act.at is not null",
        booked="p.ledger_account = 'breakage' and e.source_kind in ('card_breakage', 'card_breakage_reopened')",
        says="On every day of the past the breakage in the books is that of the serials released and not reopened.",
    )
    _add_by_day(
        "card_deferral_on_every_day",
        acts=f"select b.currency, used.at, used.sign * ({OWED} - r.tax_minor) as minor"  # noqa: S608
        " from prepaid_cards_redemption r join prepaid_cards_card c on c.id = r.card_id"
        " join prepaid_cards_cardbatch b on b.id = c.batch_id"
        " cross join lateral (values (r.at, 1), (r.undone_at, -1)) used(at, sign)"
        " where used.at is not null and r.begins_at is not null",
        booked="p.ledger_account = 'deferred_service' and e.source_kind = 'card_redemption'",
        says="On every day of the past the books deferred of redeemed cards what their redemptions say.",
    )
    laws.add(
        "card_breakage_is_its_cards",
        "select l.id from prepaid_cards_breakagerelease l left join prepaid_cards_cardbreakage w on w.release_id = l.id"
        " group by l.id having count(w.id) <> l.count or coalesce(sum(w.minor), 0) <> l.minor",
        says="What a month released is the sum of its cards.",
    )
    laws.add(
        "card_broken_off_is_not_redeemed",
        "select c.serial from prepaid_cards_cardbreakage w join prepaid_cards_card c on c.id = w.card_id"
        " where w.reopened_at is null and not (c.status = 'active' or c.frozen_from = 'active')",
        says="A card that counts as never to be redeemed was sold, and is not redeemed.",
    )
    laws.add(
        "card_sales_are_told_of_each_card",
        "select c.serial from prepaid_cards_card c left join (select batch_id, first, count(*)"
        " filter (where verb = 'activated') - count(*) filter (where verb = 'reversed') as sold"
        " from prepaid_cards_cardevent where verb in ('activated', 'reversed') and last = first group by 1, 2) told"
        " on told.batch_id = c.batch_id and told.first = c.counter"
        " where coalesce(told.sold, 0) <> (c.activation_id is not null)::int",
        says="A card has a sale exactly if its history tells of one that was not taken back.",
    )
    laws.add(
        "card_service_is_earned_once",
        f"select r.id from prepaid_cards_redemption r join prepaid_cards_card c on c.id = r.card_id"  # noqa: S608
        " join prepaid_cards_cardbatch b on b.id = c.batch_id cross join lateral"
        " (select coalesce(sum(p.amount_minor), 0) as minor from kernel_ledgerentry e join kernel_ledgerposting p"
        " on p.entry_id = e.id and p.ledger_account = 'deferred_service'"
        " where e.source_kind = 'card_service' and e.source_id = r.id::text) posted"
        f" where posted.minor < 0 or posted.minor > case r.status when 'done' then {OWED} - r.tax_minor else 0 end",
        says="A redeemed card earns no more than was deferred for it, and nothing once it was undone.",
    )
    laws.add(
        "campaign_budgets_are_their_uses",
        "select c.name from prepaid_cards_campaign c left join (select campaign_id, count(*) as uses,"
        " sum(cost_minor) as cost from prepaid_cards_campaignuse where given_back_at is null group by 1) u"
        " on u.campaign_id = c.id where c.used_count <> coalesce(u.uses, 0) or c.used_minor <> coalesce(u.cost, 0)",
        says="What a promotion has used of its budget is what its redemptions were given.",
    )
