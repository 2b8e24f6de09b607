"""What each person of the demo is, and what to try as them; translated where it is shown."""

from __future__ import annotations

from typing import Final

from provider.kernel.errors import N_

DOMAIN: Final = "demo.perennial.example"

# By the part of the address before the "@".
TO_TRY: Final = {
    "owner": N_("Runs the provider. Try: publish the waiting draft of Standard, or invite a colleague."),
    "operator": N_("Makes plans and cards. Try: look a card up by its serial, order a batch, preview a billing run."),
    "support": N_("Helps customers. Try: find one with the search box, and read what happened to their account."),
    "finance": N_("Keeps the books. Try: mark an overdue invoice as paid, and see what is owed for cards."),
    "qinghe.owner": N_("Owns a chain that resells. Try: the statement, who sells in which store, whose time runs out."),
    "qinghe.clerk": N_("Sells cards at the till. Try: sell a card from the stock, show the receipt, undo the sale."),
    "xuhui.owner": N_("Owns one shop, under another reseller. Try: open an account for a customer."),
    "chenxing.owner": N_("Resells, and has a reseller below. Try: today’s takings, and the stock by product."),
    "lingnan.owner": N_("Resells in the south. Try: open a second store, and say who sells there."),
    "hefeng.owner": N_("Resells in Taiwan, in its dollars. Try: sell a card at the till and print the receipt."),
    "hengyue.owner": N_("Pays for a group by invoice. Try: open an invoice and ask “why?”, add seats, pay online."),
    "hengyue.manager": N_("Leads a sales team with thousands of deals. Try: import a list, free a seat."),
    "hengyue.member": N_("Sells, in the CRM alone. Try: move a deal on the board, and plan its next step."),
    "hengyue.east": N_("A branch that pays by the year. Try: preview another plan, or a pause."),
    "hengyue.south": N_("Did not renew: the account sleeps, nothing is lost. Try: redeem a card to wake it."),
    "yizhou": N_("A single rep whose account sleeps. Try: renew online, and find all customers as they were."),
    "mumian.owner": N_("In the free trial, in Taiwan. Try: see what happens if you do nothing, then buy a year."),
    "mumian.manager": N_("Works in the CRM of a trial. Try: import companies and people from the sample file."),
    "kestrel.owner": N_("In the free trial, in English. Try: let support look in, or refuse it."),
}


def to_try(email: str) -> str:
    """What to try as the person with this address; nothing where the demo has no such person."""
    mailbox, _, domain = email.lower().partition("@")
    return TO_TRY.get(mailbox, "") if domain == DOMAIN else ""
