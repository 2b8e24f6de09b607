"""What is refused of documents, money, runs and acts on subscriptions."""

from __future__ import annotations

from typing import ClassVar

from provider.kernel.errors import N_, FactsChanged, Refusal


class PrintingUnavailable(Refusal):
    """This machine cannot make a PDF now; what was to be printed waits."""

    code: ClassVar[str] = "printing_unavailable"
    status: ClassVar[int] = 503
    text: ClassVar[str] = N_("The document cannot be printed yet: %(lacks)s. It waits until that is mended.")


class GatewayUnavailable(Refusal):
    """The gateway does not answer; what was asked may be asked again, under the same key."""

    code: ClassVar[str] = "gateway_unavailable"
    status: ClassVar[int] = 503
    text: ClassVar[str] = N_(
        "The payment service does not answer at the moment. Nothing was charged; try again in a minute."
    )


class GatewayRefused(Refusal):
    """The gateway does not take what we asked: a matter for the provider, not for the payer."""

    code: ClassVar[str] = "gateway_refused"
    status: ClassVar[int] = 502
    text: ClassVar[str] = N_(
        "The payment service did not accept this payment. Nothing was charged; pay by bank transfer, or write to us."
    )


class WebhookNotGenuine(Refusal):
    """The signature is wrong, old or missing, or it is of the other mode."""

    code: ClassVar[str] = "webhook_not_genuine"
    status: ClassVar[int] = 400
    text: ClassVar[str] = N_("The signature of this notice is not the gateway’s. Nothing was done.")


class InvoiceSettled(Refusal):
    """Nothing of the invoice is open any more."""

    code: ClassVar[str] = "invoice_settled"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Nothing of invoice %(number)s is open any more. Nothing was charged.")


class NoGateway(Refusal):
    """This installation takes no payments online."""

    code: ClassVar[str] = "no_gateway"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Paying online is not set up here. Pay by bank transfer, as the invoice says.")


class PaymentDiffers(Refusal):
    """The reference was recorded before with other facts: one of the two is wrong."""

    code: ClassVar[str] = "payment_differs"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_(
        "A payment with the reference %(reference)s was recorded before, with another amount, payer or currency. "
        "Nothing was recorded; check the reference on the statement."
    )


class AmountTooFine(Refusal):
    """Nothing is rounded in silence."""

    code: ClassVar[str] = "amount_too_fine"
    members: ClassVar[tuple[str, ...]] = ("currency", "count")
    text: ClassVar[str] = N_("Amounts in %(currency)s have at most %(count)s decimal places. Round it first.")


class PaymentNotPositive(Refusal):
    """A payment is more than nothing."""

    code: ClassVar[str] = "payment_not_positive"
    text: ClassVar[str] = N_("A payment is more than 0. Enter the amount that arrived.")


class PaymentInFuture(Refusal):
    """Money has arrived on a day that is not to come."""

    code: ClassVar[str] = "payment_in_future"
    text: ClassVar[str] = N_("This day is still to come. Enter the day on which the money arrived.")


class NothingUnapplied(Refusal):
    """All of the payment is assigned, or it is of another currency or account."""

    code: ClassVar[str] = "nothing_unapplied"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Nothing of this payment can be assigned to that invoice. Nothing was changed.")


class NoAddressForInvoice(Refusal):
    """There is nobody to send an invoice to."""

    code: ClassVar[str] = "no_address_for_invoice"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("This account has no e-mail address. Enter one on its page, then send the invoice again.")


class RefundNotPossible(Refusal):
    """There is no payment from which so much could be given back."""

    code: ClassVar[str] = "refund_not_possible"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Only %(left)s of what was paid can be given back. Nothing was refunded.")


class NoSeller(Refusal):
    """Nobody is set up to bill the account."""

    code: ClassVar[str] = "no_seller"
    text: ClassVar[str] = N_("Nobody is set up to bill this account. Set up the seller of its plan first.")


class PreviewOutdated(FactsChanged):
    """What the act would make now is not what its preview had shown; `preview` is the new one."""

    def __init__(self, *, preview: object) -> None:
        super().__init__()
        self.preview = preview


class OnlyTheProvider(Refusal):
    """Subscribers choose what is harmless; the rest is agreed with the provider."""

    code: ClassVar[str] = "only_the_provider"
    status: ClassVar[int] = 403
    text: ClassVar[str] = N_("Only the provider can choose this. Leave it out, or ask the provider to do it.")


class CreditTooHigh(Refusal):
    """A credit note never gives back more than is left of what was charged."""

    code: ClassVar[str] = "credit_too_high"
    status: ClassVar[int] = 409
    members: ClassVar[tuple[str, ...]] = ("left", "currency")
    text: ClassVar[str] = N_("At most %(left)s %(currency)s is left of this line. Enter that or less.")


class NothingToCredit(Refusal):
    """All of it was given back before, or nothing was asked for."""

    code: ClassVar[str] = "nothing_to_credit"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Nothing would be credited. Enter an amount for a line of which something is left.")


class CouponClosed(Refusal):
    """The coupon is given to nobody any more."""

    code: ClassVar[str] = "coupon_closed"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("This coupon is closed. Choose another one.")


class CouponAppliedAlready(Refusal):
    """An account has a coupon once."""

    code: ClassVar[str] = "coupon_applied_already"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("This account has the coupon already. Nothing was changed.")


class CouponUnfit(Refusal):
    """Neither a percentage nor an amount, or both."""

    code: ClassVar[str] = "coupon_unfit"
    text: ClassVar[str] = N_("A coupon takes either a percentage up to 100 or an amount above 0.")


class TopUpNotPositive(Refusal):
    """A top-up is more than nothing."""

    code: ClassVar[str] = "top_up_not_positive"
    text: ClassVar[str] = N_("A top-up is more than 0. Enter the amount.")


class BalanceSpent(Refusal):
    """A top-up of which something was used cannot be taken back."""

    code: ClassVar[str] = "balance_spent"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Some of this was used already, so it stays.")


class TopUpDiffers(Refusal):
    """What paid for this top-up was told before with other facts: one of the two is wrong."""

    code: ClassVar[str] = "top_up_differs"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_(
        "This payment was topped up before, with another amount, currency or account. Nothing was added; "
        "check what it was for."
    )


class NotParked(Refusal):
    """The account is billed again already."""

    code: ClassVar[str] = "not_parked"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("This account is not parked any more. Reload the page to see how it stands.")


class SellerIncomplete(Refusal):
    """An invoice names who sends it."""

    code: ClassVar[str] = "seller_incomplete"
    text: ClassVar[str] = N_("Enter the name under which invoices are sent.")


class SellerPrefixBad(Refusal):
    """The prefix is the beginning of every number."""

    code: ClassVar[str] = "seller_prefix_bad"
    text: ClassVar[str] = N_("The prefix has up to 12 capital letters, digits and hyphens, such as PER.")


class SellerPrefixTaken(Refusal):
    """Two sellers with one prefix would give the same number twice."""

    code: ClassVar[str] = "seller_prefix_taken"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Another seller numbers with %(prefix)s already. Choose another prefix.")


class SellerZoneUnknown(Refusal):
    """The day of issue is a day somewhere."""

    code: ClassVar[str] = "seller_zone_unknown"
    text: ClassVar[str] = N_("There is no such time zone. Choose one by name, such as Asia/Shanghai.")


class SellerCountryUnknown(Refusal):
    """A country is named by its two letters."""

    code: ClassVar[str] = "seller_country_unknown"
    text: ClassVar[str] = N_("There is no such country or region. Give its two capital letters, such as CN, or none.")


class SellerTaxBad(Refusal):
    """A rate of tax is a percentage."""

    code: ClassVar[str] = "seller_tax_bad"
    text: ClassVar[str] = N_("The tax is a percentage from 0 to 100 with at most four decimals, such as 6.")


class RunUnderWay(Refusal):
    """There is one billing run at a time."""

    code: ClassVar[str] = "run_under_way"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("A billing run is under way. Nothing is billed twice; watch it, or wait until it is done.")


class NothingDue(Refusal):
    """A run with nothing to do is not made."""

    code: ClassVar[str] = "nothing_due"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Nothing is due now, so no run was made. What becomes due is billed within a minute.")


class RunNotCancellable(Refusal):
    """It has ended, or it is one of those that nobody needs to stop."""

    code: ClassVar[str] = "run_not_cancellable"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("This run cannot be cancelled: it is over, or the clock started it and it ends by itself.")


class SellerMissing(Refusal):
    """Nobody sells anything on this installation yet."""

    code: ClassVar[str] = "seller_missing"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Nobody sells anything here yet. Publish a plan first; then there is something to bill.")


class NothingParked(Refusal):
    """None of the chosen accounts is parked."""

    code: ClassVar[str] = "nothing_parked"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("No account is parked. There is nothing to try again.")


class LineTextMissing(Refusal):
    """Nobody pays for a line without words."""

    code: ClassVar[str] = "line_text_missing"
    text: ClassVar[str] = N_("Say what is charged for, such as “Training on site”.")


class LineNumberBad(Refusal):
    """A price or a number of units that no invoice can carry."""

    code: ClassVar[str] = "line_number_bad"
    text: ClassVar[str] = N_("Enter a number above 0, at most 1,000,000,000, with at most 8 decimal places.")


class LineTaxBad(Refusal):
    """A tax is a percentage."""

    code: ClassVar[str] = "line_tax_bad"
    text: ClassVar[str] = N_("A tax is between 0 and 100 per cent.")


class LineDaysBad(Refusal):
    """Days have a first and a last one, in this order."""

    code: ClassVar[str] = "line_days_bad"
    text: ClassVar[str] = N_("Enter both days or neither; the last one is not before the first.")


class LineNothing(Refusal):
    """Units times price round to nothing."""

    code: ClassVar[str] = "line_nothing"
    text: ClassVar[str] = N_("Units times price comes to less than the smallest coin. Enter more.")


class LineBilledAlready(Refusal):
    """The line waits no longer."""

    code: ClassVar[str] = "line_billed_already"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_(
        "This line does not wait any more. If it stands on an invoice, take it back by a credit note."
    )


class NoLinesWaiting(Refusal):
    """There is nothing to make an invoice of."""

    code: ClassVar[str] = "no_lines_waiting"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("No line waits for an invoice on this account. Add one first.")


class LineCurrencyDiffers(Refusal):
    """An account is billed in one currency."""

    code: ClassVar[str] = "line_currency_differs"
    text: ClassVar[str] = N_("This account is billed in %(currency)s. Enter the price in that currency.")


class NoInvoicesChosen(Refusal):
    """There is nothing to pack."""

    code: ClassVar[str] = "no_invoices_chosen"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("There is no invoice to download. Choose some, or wait for the first one.")


class TooManyInvoices(Refusal):
    """One file takes no more."""

    code: ClassVar[str] = "too_many_invoices"
    status: ClassVar[int] = 422
    text: ClassVar[str] = N_("One file takes at most %(most)s invoices. Choose fewer, such as those of one month.")


class ArchivesUnderWay(Refusal):
    """The others of the same account wait for the worker too, and each file takes its room for a week."""

    code: ClassVar[str] = "archives_under_way"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("%(most)s files are being packed for you already. Wait until one of them is ready.")


class ArchiveNotReady(Refusal):
    """It is not packed yet, or its packing has failed."""

    code: ClassVar[str] = "archive_not_ready"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("The file is not packed yet. Ask how far it has come; if it has failed, pack it again.")


class InvoiceHasPayments(Refusal):
    """What was paid cannot simply be taken back."""

    code: ClassVar[str] = "invoice_has_payments"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("Something was paid on this invoice. Issue a credit note with a refund instead.")


class RefundNotByCard(Refusal):
    """No card paid this invoice, or all of it was given back to it."""

    code: ClassVar[str] = "refund_not_by_card"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("No card has paid so much of this invoice. Pay it back by bank and enter the reference.")


class ReferenceMissing(Refusal):
    """Money is known by its reference: two without one would be taken for the same."""

    code: ClassVar[str] = "reference_missing"
    text: ClassVar[str] = N_("Enter the reference of the transfer.")


class RefundReferenceMissing(Refusal):
    """A transfer is found again by its reference."""

    code: ClassVar[str] = "refund_reference_missing"
    text: ClassVar[str] = N_("Enter the bank’s reference of the transfer.")


class NothingToRenew(Refusal):
    """There is no plan whose time could be bought, or it has no fixed price."""

    code: ClassVar[str] = "nothing_to_renew"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("There is no plan here that can be renewed online. Choose a plan first, or write to us.")


class TermNotOffered(Refusal):
    """So many months are not sold of this plan."""

    code: ClassVar[str] = "term_not_offered"
    text: ClassVar[str] = N_("This plan is not sold for so many months. Choose one of those shown.")


class OrderOpen(Refusal):
    """One order is paid before the next one is made."""

    code: ClassVar[str] = "order_open"
    status: ClassVar[int] = 409
    members: ClassVar[tuple[str, ...]] = ("number", "invoice_id")
    text: ClassVar[str] = N_("Invoice %(number)s for a renewal is not paid yet. Pay that one, or take it back first.")


class ApprovalAmountMissing(Refusal):
    """A rule about amounts names one."""

    code: ClassVar[str] = "approval_amount_missing"
    text: ClassVar[str] = N_("Enter the amount above which invoices wait, and its currency.")


class ApprovalPercentMissing(Refusal):
    """A rule about changes names how much."""

    code: ClassVar[str] = "approval_percent_missing"
    text: ClassVar[str] = N_("Enter by how much invoices may change: a whole number from 1 to 10,000 percent.")


class ApprovalRuleExists(Refusal):
    """One rule of each kind, and one amount for each currency."""

    code: ClassVar[str] = "approval_rule_exists"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("There is such a rule already. End that one first if it should say something else.")


class InvoiceNotWaiting(Refusal):
    """It was approved or set aside meanwhile."""

    code: ClassVar[str] = "invoice_not_waiting"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("This does not wait any more: a colleague was quicker. Look at what became of it.")


class NothingToApprove(Refusal):
    """No invoice was chosen."""

    code: ClassVar[str] = "nothing_to_approve"
    status: ClassVar[int] = 409
    text: ClassVar[str] = N_("No waiting invoice was chosen. Tick those that you have looked at.")


class TooManyApprovals(Refusal):
    """One step takes no more."""

    code: ClassVar[str] = "too_many_approvals"
    status: ClassVar[int] = 422
    text: ClassVar[str] = N_("At most %(most)s invoices are approved in one step. Choose fewer with a filter.")


class SettingAsideNeedsReason(Refusal):
    """Colleagues read later why something was not sent."""

    code: ClassVar[str] = "setting_aside_needs_reason"
    text: ClassVar[str] = N_("Say why it is not sent, so that colleagues know.")
