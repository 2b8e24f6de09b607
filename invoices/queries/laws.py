"""What must hold of documents and money at any time (`manage.py check_laws`)."""

from __future__ import annotations

from provider.kernel import laws

from .revenue import SOURCE, SPANS, earned


def add_own() -> None:
    """The laws of documents, numbers and credit."""
    laws.add(
        "invoice_is_the_sum_of_its_lines",
        "select i.number_text from invoices_invoice i left join invoices_invoiceline l on l.invoice_id = i.id"
        " group by i.id having i.subtotal_minor <> coalesce(sum(l.amount_minor), 0)"
        " or i.discount_minor <> coalesce(sum(l.discount_minor), 0) or i.tax_minor <> coalesce(sum(l.tax_minor), 0)",
        says="Amounts, discounts and taxes of an invoice are those of its lines, to the last minor unit.",
    )
    laws.add(
        "credit_note_is_the_sum_of_its_lines",
        "select n.number_text from invoices_creditnote n left join invoices_creditnoteline l on l.credit_note_id = n.id"
        " group by n.id having n.subtotal_minor <> coalesce(sum(l.amount_minor - l.discount_minor), 0)"
        " or n.tax_minor <> coalesce(sum(l.tax_minor), 0)",
        says="A credit note gives what its lines give.",
    )
    laws.add(
        "document_numbers_have_no_gaps",
        "select s.id, s.kind, s.year, s.next_number, count(n.number) from invoices_invoiceseries s left join ("
        " select series_id, number from invoices_invoice where number is not null"
        " union all select series_id, number from invoices_creditnote) n on n.series_id = s.id"
        " group by s.id having s.next_number - 1 <> count(n.number) or s.next_number - 1 <> coalesce(max(n.number), 0)",
        says="The numbers of each series run from 1 without a gap.",
    )
    laws.add(
        "credit_never_exceeds_the_charge",
        "select l.id, l.amount_minor, sum(c.amount_minor) from invoices_creditnoteline c"
        " join invoices_invoiceline l on l.id = c.line_id group by l.id"
        " having sum(c.amount_minor) > l.amount_minor or sum(c.discount_minor) > l.discount_minor"
        " or sum(c.tax_minor) > l.tax_minor",
        says="No more is given back of a line than was charged.",
    )
    laws.add(
        "credit_is_used_once",
        "select n.number_text from invoices_creditnote n join invoices_credituse u on u.credit_note_id = n.id"
        " group by n.id having sum(u.amount_minor) > n.credit_minor"
        " union all select b.id::text from invoices_balancelot b join invoices_balanceuse u on u.lot_id = b.id"
        " group by b.id having sum(u.amount_minor) > b.amount_minor",
        says="Of credit and of prepaid money no more is used than there is.",
    )
    laws.add(
        "invoice_state_adds_up",
        "select i.number_text from invoices_invoice i left join invoices_invoicestate s on s.invoice_id = i.id"
        " where i.status = 'finalized'"
        " and (s.invoice_id is null or s.open_minor + s.paid_minor + s.credited_minor <> i.due_minor)",
        says="What is open, paid and credited of an invoice is what it asks for.",
    )
    laws.add(
        "what_waits_asks_nobody",
        "select i.id from invoices_invoice i left join invoices_waitinginvoice w on w.invoice_id = i.id"
        " where i.status = 'draft' and (w.state is null or w.state = 'approved'"
        " or exists (select from invoices_invoicestate s where s.invoice_id = i.id)"
        " or exists (select from kernel_ledgerentry e where e.source_kind = 'invoice' and e.source_id = i.id::text)"
        " or exists (select from invoices_credituse u where u.invoice_id = i.id)"
        " or exists (select from invoices_balanceuse u where u.invoice_id = i.id))"
        " union all select w.invoice_id from invoices_waitinginvoice w join invoices_invoice i on i.id = w.invoice_id"
        " where w.state = 'approved' and i.status <> 'finalized'",
        says="A draft waits for approval, stands in no books, asks nobody for money and uses no credit.",
    )
    _add_books()
    _add_expired()
    _add_points()
    _add_refunds()
    _add_spans()
    _add_revenue()


def _add_books() -> None:
    laws.add(
        "documents_stand_in_the_books",
        "select d.number_text from ("
        " select 'invoice' as kind, id, number_text, account_id, total_minor - tax_minor as net, tax_minor as tax"
        " from invoices_invoice where status = 'finalized' union all"
        " select 'credit_note', id, number_text, account_id, tax_minor - total_minor, -tax_minor"
        " from invoices_creditnote) d"
        " left join kernel_ledgerentry e on e.source_kind = d.kind and e.source_id = d.id::text"
        " and e.purpose in ('finalized', 'issued')"
        " left join kernel_ledgerposting p on p.entry_id = e.id"
        " group by d.kind, d.id, d.number_text, d.account_id, d.net, d.tax"
        " having coalesce(sum(p.amount_minor) filter (where p.ledger_account = 'receivable'"
        " and p.account_id = d.account_id), 0) <> d.net + d.tax"
        " or coalesce(-sum(p.amount_minor) filter (where p.ledger_account = 'deferred_service'), 0) <> d.net"
        " or coalesce(-sum(p.amount_minor) filter (where p.ledger_account = 'tax_payable'), 0) <> d.tax",
        says="The books say of every document what the document says.",
    )
    laws.add(
        "prepaid_money_stands_in_the_books",
        "select b.account_id, b.currency from ("
        " select l.account_id, l.currency, sum(l.amount_minor - coalesce(u.used, 0)) as left_minor"
        " from invoices_balancelot l left join (select lot_id, sum(amount_minor) used from invoices_balanceuse"
        " group by lot_id) u on u.lot_id = l.id where l.unit = 'money' group by l.account_id, l.currency) b"
        " left join kernel_ledgerposting p on p.ledger_account = 'balance_liability' and p.account_id = b.account_id"
        " and p.currency = b.currency group by b.account_id, b.currency, b.left_minor"
        " having coalesce(-sum(p.amount_minor), 0) <> b.left_minor",
        says="What is left of prepaid money is what we owe for it.",
    )


def _add_expired() -> None:
    laws.add(
        "expired_money_is_owed_no_more",
        "with gone as (select l.id::text as lot_id, l.account_id, l.currency, sum(u.amount_minor) as minor,"
        " bool_or(u.at < l.expires_at or l.expires_at is null) as is_early from invoices_balanceuse u"
        " join invoices_balancelot l on l.id = u.lot_id where u.purpose = 'expired' and l.unit = 'money'"
        " group by l.id),"
        " booked as (select e.source_id as lot_id, p.currency, max(p.account_id::text) as account_id,"
        " sum(p.amount_minor) filter (where p.ledger_account = 'balance_liability') as minor,"
        " -sum(p.amount_minor) filter (where p.ledger_account in ('breakage', 'discount')) as earned"
        " from kernel_ledgerentry e join kernel_ledgerposting p on p.entry_id = e.id"
        " where e.source_kind = 'balance_lot' and e.purpose = 'expired' group by 1, 2)"
        " select coalesce(g.lot_id, b.lot_id), g.minor, b.minor, b.earned from gone g"
        " full join booked b on b.lot_id = g.lot_id and b.currency = g.currency"
        " and b.account_id = g.account_id::text"
        " where g.minor is distinct from b.minor or b.earned is distinct from g.minor or g.is_early",
        says="What expired of prepaid money left the books' debt to its owner, once, and not before its last day.",
    )
    laws.add(
        "expired_money_is_not_forgotten",
        "select l.id, l.expires_at from invoices_balancelot l join accounts_account a on a.id = l.account_id"
        " left join (select lot_id, sum(amount_minor) as used from invoices_balanceuse group by 1) u on u.lot_id = l.id"
        " where l.unit = 'money' and l.expires_at < now() - interval '1 day' and l.amount_minor > coalesce(u.used, 0)"
        " and not a.is_test and a.test_clock_at is null"
        " and not exists (select from plans_subscription s"
        " where s.account_id = l.account_id and s.next_due_at < l.expires_at)"
        " and not exists (select from invoices_waitinginvoice w join invoices_invoice i on i.id = w.invoice_id"
        " where w.account_id = l.account_id and w.state <> 'approved' and i.due_at < l.expires_at)",
        says="Prepaid money that has expired leaves the books within a day, unless an invoice may still use it.",
    )


def _add_points() -> None:
    laws.add(
        "exchanged_points_were_there",
        "select coalesce(e.account_id, u.account_id) from"
        " (select account_id, sum(points) as points from invoices_pointexchange group by 1) e full join"
        " (select l.account_id, sum(u.amount_minor) as points from invoices_balanceuse u"
        " join invoices_balancelot l on l.id = u.lot_id where u.purpose = 'exchanged' and l.unit = 'points'"
        " group by 1) u on u.account_id = e.account_id where e.points is distinct from u.points"
        " union all select e.account_id from invoices_pointexchange e join invoices_pointrate r on r.id = e.rate_id"
        " join invoices_balancelot l on l.id = e.lot_id where e.points * r.amount_minor <> e.amount_minor * r.points"
        " or l.amount_minor <> e.amount_minor or l.account_id <> e.account_id or l.unit <> 'money'"
        " or l.source_kind <> 'point_exchange' or l.source_id <> e.id::text",
        says="Points that became money were taken from the account's own, at the rate that held.",
    )
    laws.add(
        "worth_of_exchanged_points_is_owed_no_more",
        "select coalesce(w.currency, b.currency) from (select currency, sum(worth_minor * used / amount_minor) as minor"
        " from (select l.id, l.currency, l.worth_minor, l.amount_minor, sum(u.amount_minor)::bigint as used"
        " from invoices_balancelot l join invoices_balanceuse u on u.lot_id = l.id and u.purpose = 'exchanged'"
        " where l.unit = 'points' group by l.id) lots group by 1) w full join"
        " (select p.currency, sum(p.amount_minor) as minor from kernel_ledgerposting p join kernel_ledgerentry e"
        " on e.id = p.entry_id where e.source_kind = 'point_exchange' and p.ledger_account = 'deferred_service'"
        " group by 1) b on b.currency = w.currency where coalesce(w.minor, 0) <> coalesce(b.minor, 0)",
        says="What was paid for points is owed as service until they become money, and not after.",
    )


def _add_refunds() -> None:
    laws.add(
        "refunds_are_what_was_promised",
        "select n.number_text from invoices_creditnote n join invoices_refund r on r.credit_note_id = n.id"
        " and r.status <> 'failed' group by n.id having sum(r.amount_minor) > n.refund_minor"
        " union all select r.id::text from invoices_refund r left join kernel_ledgerentry e"
        " on e.source_kind = 'refund' and e.source_id = r.id::text left join kernel_ledgerposting p"
        " on p.entry_id = e.id and p.ledger_account = 'receivable' and p.account_id = r.account_id"
        " group by r.id having coalesce(sum(p.amount_minor), 0)"
        " <> case when r.status = 'succeeded' then r.amount_minor else 0 end",
        says="No more is paid back than a credit note promised, and the books say so of every refund.",
    )


def _add_spans() -> None:
    laws.add(
        "lines_lie_in_their_period",
        "select l.id from invoices_invoiceline l join plans_period p on p.id = l.period_id"
        " where l.subscription_id <> p.subscription_id or l.charge_code <> p.charge_code or l.stretch <> p.stretch"
        " or l.start_on < p.start_on",
        says="A line is of the subscription, charge and days of its period.",
    )
    laws.add(
        "access_follows_without_gap",
        "select a.account_id from (select account_id, until_at,"
        " lead(from_at) over (partition by account_id order by from_at, until_at nulls last) as next_from"
        " from plans_accessspell) a where a.until_at is distinct from a.next_from and a.next_from is not null",
        says="One spell of access begins where the one before it ends.",
    )
    laws.add(
        "billing_nothing_forgotten",
        "select s.id, s.next_due_at from plans_subscription s join accounts_account a on a.id = s.account_id"
        " where s.next_due_at < now() - interval '1 day' and not a.is_test and a.test_clock_at is null"
        " and not exists (select from invoices_parkedaccount p"
        " where p.account_id = s.account_id and p.cleared_at is null)",
        says="What is due is billed within a day, or its account is parked with a reason.",
    )


def _add_revenue() -> None:
    laws.add(
        "service_is_earned_by_day",
        "with closed as (select p.account_id, p.currency, -p.amount_minor as minor, e.id,"  # noqa: S608 - our own words
        " (to_date(left(e.purpose, 7), 'YYYY-MM') + interval '1 month' - interval '1 day')::date as month"
        " from kernel_ledgerentry e join kernel_ledgerposting p on p.entry_id = e.id"
        f" where e.source_kind = '{SOURCE}' and p.ledger_account = 'revenue'),"
        " months as (select month as last, max(id) as closing_id from closed group by 1),"
        " buyers as (select account_id, min(entry_id) as first_id from kernel_ledgerposting group by 1),"
        f" told as (select m.last, s.account_id, s.currency, sum({earned('m.last')}) as minor"
        f" from months m cross join ({SPANS}) s join buyers b on b.account_id = s.account_id"
        " and b.first_id < m.closing_id group by 1, 2, 3),"
        " booked as (select m.last, c.account_id, c.currency, sum(c.minor) as minor"
        " from months m join closed c on c.month <= m.last group by 1, 2, 3)"
        " select t.last, t.account_id, t.currency, t.minor, b.minor from told t full join booked b"
        " on b.last = t.last and b.account_id = t.account_id and b.currency = t.currency"
        " where coalesce(t.minor, 0) <> coalesce(b.minor, 0)",
        says="At the end of a closed month the books had earned what its days say, of every account in them by then.",
    )
