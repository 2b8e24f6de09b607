"""What may stand in an address: for an account, the first object of each kind, by the name of the parameter.

Read from the database, so that it serves the small world of the tests as well as the demo.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from crm_tenant.models import Company, Deal, ImportFile, Merge, Person, Task, Workspace
from invoices.models import (
    AppliedCoupon,
    ApprovalRule,
    BalanceLot,
    BillingRun,
    Coupon,
    CreditNote,
    ExtraLine,
    Invoice,
    InvoiceLine,
    ParkedAccount,
    Payment,
    PaymentAttempt,
    VersionMove,
    WaitingInvoice,
)
from plans.models import AgreedPrice, Meter, Plan, PlanVersion, Replay, Story, Subscription, UsageDay, UsageEvent
from prepaid_cards.models import (
    BreakageMonth,
    Campaign,
    Card,
    CardAlert,
    CardBatch,
    CardExport,
    CardReport,
    Redemption,
    WinBackRound,
)
from provider.accounts.models import (
    Account,
    ApiKey,
    Consent,
    Erasure,
    Invitation,
    Membership,
    OwnershipOffer,
    SupportRequest,
)
from provider.kernel.models import AuditRow, Job, LedgerEntry, OutboxEvent, StoredFile
from provider.kernel.tenancy import inside
from provider.messages.models import Delivery
from resellers.models import Agreement, Sale, StockTransfer, Store

_LETTERS = ("member_joined", "ownership_transfer_offer")  # each has a letter and a notice


def objects_of(account: Account) -> dict[str, Any]:
    """The account's objects; a kind of which it has none is left out."""
    member = Membership.objects.filter(account=account, status="active").order_by("-joined_at", "-id").first()
    found: dict[str, Any] = {
        "account_id": account.id,
        "membership_id": member and member.id,
        "user_id": member and member.user_id,
        "api_key_id": ApiKey.objects.filter(account=account).values_list("id", flat=True).first(),
        "job_id": Job.objects.filter(account_id=account.id).order_by("id").values_list("id", flat=True).first(),
        "file_id": StoredFile.objects.filter(account_id=account.id).values_list("id", flat=True).first(),
        **_messages_of(account),
        **_crm_of(account),
        "invitation_id": _first(Invitation, account, status="open"),
        "offer_id": _first(OwnershipOffer, account, status="open"),
        "consent_id": _first(Consent, account, kind="support_access"),
        "request_id": _first(SupportRequest, account, status="open"),
        "token": "a-link-that-was-never-sent",
        "row_id": AuditRow.objects.filter(account_id=account.id).values_list("id", flat=True).first(),
        "event_id": OutboxEvent.objects.filter(account_id=account.id, status="stuck")
        .values_list("id", flat=True)
        .first(),
        **_plan_of(account),
        **_usage_of(account),
        "replay_id": Replay.objects.filter(version__plan__seller=account).values_list("id", flat=True).first(),
        "story_id": Story.objects.filter(plan__seller=account).values_list("id", flat=True).first(),
        "meter_id": Meter.objects.filter(seller=account).values_list("id", flat=True).first(),
        "model": "flat",  # of a charge
        "subscription_id": _first(Subscription, account),
        "agreed_id": AgreedPrice.objects.filter(subscription__account=account).values_list("id", flat=True).first(),
        "charge": "base",
        "act": "cancel",  # of what can be done to a subscription
        "agreement_id": Agreement.objects.filter(reseller=account).values_list("id", flat=True).first(),
        "store_id": Store.objects.filter(reseller=account).values_list("id", flat=True).first(),
        **_cards_of(account),
        "invoice_id": _first(Invoice, account, status="finalized"),
        **_counted_of(account),
        "archive_id": Job.objects.filter(account_id=account.id, kind="invoices.archive")
        .values_list("id", flat=True)
        .first(),
        "waiting_id": WaitingInvoice.objects.filter(account=account).values_list("pk", flat=True).first(),
        "rule_id": ApprovalRule.objects.values_list("id", flat=True).first(),
        "payment_id": _first(Payment, account),
        "attempt_id": _first(PaymentAttempt, account),
        "credit_note_id": _first(CreditNote, account),
        "run_id": BillingRun.objects.filter(seller_account=account).values_list("id", flat=True).first(),
        "move_id": VersionMove.objects.filter(version__plan__seller=account).values_list("id", flat=True).first(),
        "line_id": _first(ExtraLine, account),
        "coupon_id": Coupon.objects.filter(seller_account=account).order_by("-pk").values_list("pk", flat=True).first(),
        "applied_id": _first(AppliedCoupon, account),
        "lot_id": _first(BalanceLot, account),
        "parked_id": _first(ParkedAccount, account),
        "sale_id": Sale.objects.filter(reseller=account).values_list("id", flat=True).first(),
        "transfer_id": StockTransfer.objects.filter(reseller=account).values_list("id", flat=True).first(),
        "redemption_id": _first(Redemption, account),
        "card_report_id": _report_of(account),
        "entry_number": LedgerEntry.objects.order_by("id").values_list("id", flat=True).first(),
        "code": "shanghai",  # a region
        "topic": "search",  # of the help
        "pk": 0,  # of a passkey or session that nobody has
    }
    return {name: value for name, value in found.items() if value is not None}


def _plan_of(account: Account) -> dict[str, Any]:
    """A draft version and its plan: the draft has all pages of a version, and more."""
    versions = PlanVersion.objects.filter(plan__seller=account)
    version = versions.filter(published_at=None).first() or versions.first()
    plan = version.plan if version else Plan.objects.filter(seller=account).first()
    return {"plan_id": plan and plan.id, "version_id": version and version.id}


def _counted_of(account: Account) -> dict[str, Any]:
    """A line that was counted from usage, and its invoice; the latest, which has the most events before it."""
    lines = InvoiceLine.objects.filter(invoice__account=account, invoice__status="finalized")
    line = lines.exclude(used_batch_id=None).order_by("-id").first()
    return {"counted_invoice_id": line.invoice_id, "position": line.position} if line else {}


def _usage_of(account: Account) -> dict[str, Any]:
    """A day on which something was used."""
    day = UsageDay.objects.filter(account_id=account.id).order_by("-day").first()
    if day is None:
        return {}
    events = UsageEvent.objects.filter(account_id=account.id).order_by("at", "id")
    return {
        "meter": Meter.objects.get(pk=day.meter_id).code,
        "day": day.day.isoformat(),
        "usage_number": events.values_list("id", flat=True).first(),
    }


def _report_of(account: Account) -> Any:
    """A report that the account made, that its shop is asked about, or, for the provider, any."""
    rows = CardReport.objects.order_by("created_at")
    if not account.profiles.filter(portal="provider").exists():
        rows = rows.filter(Q(account=account) | Q(card__holder=account))
    return rows.values_list("id", flat=True).first()


def _cards_of(account: Account) -> dict[str, Any]:
    """The newest batch that has an export; only the provider has any."""
    export = CardExport.objects.select_related("batch").order_by("-requested_at").first()
    if export is None or not account.profiles.filter(portal="provider").exists():
        return {}
    card = Card.objects.filter(batch=export.batch).order_by("counter").first()
    return {
        "breakage_month_id": BreakageMonth.objects.order_by("month").values_list("id", flat=True).first(),
        "win_back_round_id": WinBackRound.objects.order_by("chosen_at").values_list("id", flat=True).first(),
        "erasure_id": Erasure.objects.order_by("asked_at").values_list("id", flat=True).first(),
        "campaign_id": Campaign.objects.order_by("created_at").values_list("id", flat=True).first(),
        "card_product_id": export.batch.product_id,
        "batch_id": export.batch_id,
        "export_id": export.id,
        "serial": card and card.serial,
        "electronic_batch_id": CardBatch.objects.filter(kind="electronic").values_list("id", flat=True).first(),
        "alert_id": CardAlert.objects.order_by("id").values_list("id", flat=True).first(),
    }


def _crm_of(account: Account) -> dict[str, Any]:
    workspace = Workspace.objects.filter(account_id=account.id).first()
    if workspace is None:
        return {}
    with inside(workspace_id=workspace.id):
        file = ImportFile.objects.order_by("id").first()
        deal, task = Deal.objects.order_by("id").first(), Task.objects.order_by("id").first()
        return {
            "company_id": Company.objects.order_by("id").values_list("id", flat=True).first(),
            "person_id": Person.objects.order_by("id").values_list("id", flat=True).first(),
            "deal_id": deal and deal.id,
            "stage_id": deal and deal.stage_id,
            "task_id": task and task.id,
            "merge_id": Merge.objects.order_by("id").values_list("id", flat=True).first(),
            "kind": "deal",
            "record_id": deal and deal.id,
            "import_id": file and file.batch_id,
            "import_file_id": file and file.id,
        }


def _messages_of(account: Account) -> dict[str, Any]:
    deliveries = Delivery.objects.filter(message__account=account, message__key__in=_LETTERS).order_by("id")
    mail, notice = (deliveries.filter(channel=channel).first() for channel in ("email", "notice"))
    return {
        "message_id": mail and mail.message_id,
        "delivery_id": mail and mail.id,
        "notice_id": notice and notice.id,
    }


def _first(model: Any, account: Account, **facts: Any) -> Any:
    return model.objects.filter(account=account, **facts).order_by("pk").values_list("pk", flat=True).first()
