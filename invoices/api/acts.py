"""What machines do to subscriptions. Each act has its preview: the same call with `preview`, which writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from invoices.errors import OnlyTheProvider
from invoices.operations import subscriptions
from invoices.operations.extending import Extended, extend_access
from invoices.operations.subscriptions import NewSubscription, Outcome
from invoices.queries.acting import acts_of, plans_for
from invoices.queries.extras import access_billed_account
from invoices.rules.acts import Act
from invoices.rules.difference import Document, DocumentLine
from plans.errors import SubscriptionStateForbids, VersionNotForSale
from plans.queries.standing import Served, access_subscription_by_key
from plans.rules import arithmetic
from plans.rules.explanation import explain
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Day, Given, Instant, scope
from provider.kernel.money import to_decimal
from provider.look.why import why_of

from .amounts import Expected
from .documents import InWords
from .subscriptions import SubscriptionWithActs, read_subscription

router = Router(tags=["Subscriptions"])

# --- What comes in ---


class ActAsked(Given):
    """An act, or its preview."""

    preview: Annotated[bool, Field(description=N_("Only say what it would make; nothing is changed."))] = False
    expected: Expected = None
    reason: Annotated[str, Field(max_length=400, description=N_("Why; it stands in the history."))] = ""

    def chosen(self) -> dict[str, Any]:
        """What the verb is called with."""
        return self.model_dump(exclude={"preview"}) | {"is_preview": self.preview}


When = Annotated[
    Literal["now", "period_end"], Field(description=N_("When it takes effect: at once, or when the period ends."))
]
WhenOrAt = Annotated[
    Literal["now", "period_end"] | Instant,
    Field(description=N_("`now`, `period_end`, or an instant to come, which only the provider chooses.")),
]
Unused = Annotated[
    Literal["credit", "refund", "none"],
    Field(description=N_("What becomes of time that was billed and is not used; only the provider chooses.")),
]


class PlanAsked(ActAsked):
    """To which version it moves."""

    version_id: UUID
    when: WhenOrAt = "now"
    unused: Unused = "credit"


class QuantityAsked(ActAsked):
    """How many units of a charge."""

    charge: Annotated[str, Field(max_length=64, examples=["desk"])]
    quantity: Annotated[Decimal, Field(ge=0, le=1_000_000, examples=["5"])]
    when: When = "now"


class AnchorAsked(ActAsked):
    """On which day of the month periods begin."""

    day: Annotated[int, Field(ge=1, le=31, examples=[1])]
    when: When = "period_end"


class CancelAsked(ActAsked):
    """When it ends."""

    when: WhenOrAt = "period_end"
    unused: Unused = "credit"


class ExtendAsked(ActAsked):
    """Until when a trial or a grace lasts instead."""

    last_day: Annotated[Day, Field(description=N_("The new last day, that day included, of the account’s calendar."))]
    reason: Annotated[str, Field(min_length=1, max_length=400, description=N_("Why; it stands in the history."))]


class StartAsked(ActAsked):
    """A plan for an account."""

    version_id: Annotated[UUID, Field(description=N_("A published version of a plan."))]
    code: Annotated[
        str, Field(max_length=64, pattern=r"^[-a-z0-9_]+$", description=N_("Its name within the account."))
    ] = "main"
    pays: Annotated[
        Literal["on_terms", "automatic", "prepaid"],
        Field(description=N_("How it is paid. Where the account has a bank card on file, `on_terms` is `automatic`.")),
    ] = "on_terms"
    starts_at: Annotated[
        Instant | None,
        Field(description=N_("Now if left out; later, or in the past: what was due since then is billed at once.")),
    ] = None
    ends_at: Annotated[Instant | None, Field(description=N_("A fixed end, if one was agreed on."))] = None
    quantities: Annotated[
        dict[str, Annotated[Decimal, Field(ge=0, le=1_000_000)]],
        Field(description=N_("Units of charges that are sold by number."), examples=[{"desk": "3"}]),
    ] = {}

    def wish(self) -> NewSubscription:
        """As the verb takes it."""
        return NewSubscription(**self.model_dump(include=set(NewSubscription.__dataclass_fields__)))


# --- What goes out ---


class MadeLine(Answer):
    """A line of a document, with its arithmetic."""

    subscription: Annotated[str, Field(examples=["main"])]
    plan: Annotated[str, Field(examples=["standard"])]
    charge: Annotated[str, Field(examples=["base"])]
    kind: Annotated[str, Field(examples=["recurring"])]
    start: date
    end: Annotated[date, Field(description=N_("The day after the last one."))]
    units: Annotated[str, Field(examples=["3"])]
    amount: Annotated[str, Field(description=N_("Before discount and tax."), examples=["300.00"])]
    tax: str
    text: Annotated[str, Field(description=N_("Of a line by hand."))]
    arithmetic: dict[str, Any] | None
    why: InWords

    @classmethod
    def of(cls, line: DocumentLine, *, currency: str) -> MadeLine:
        return cls(
            subscription=line.subscription,
            plan=line.plan,
            charge=line.charge,
            kind=line.kind,
            start=line.start,
            end=line.end,
            units=f"{line.units.normalize():f}",
            amount=str(to_decimal(minor=line.amount_minor, currency=currency)),
            tax=str(to_decimal(minor=line.tax_minor, currency=currency)),
            text=line.text,
            arithmetic=arithmetic.write(line.arithmetic) if line.arithmetic else None,
            why=why_of(explain(line.arithmetic)) if line.arithmetic else None,
        )


class MadeDocument(Answer):
    """An invoice or a credit note that the act makes. Amounts are in major units, as text."""

    kind: Annotated[str, Field(description=N_("`invoice` or `credit_note`."), examples=["invoice"])]
    id: UUID | None
    number: Annotated[str, Field(description=N_("Empty in a preview."), examples=["SH-2026-004817"])]
    of_number: Annotated[str, Field(description=N_("Of a credit note: the invoice from which it takes back."))]
    due_at: datetime
    subtotal: str
    discount: str
    tax: str
    total: str
    due: Annotated[str, Field(description=N_("Of an invoice: the total less credit and balance that were used."))]
    refund: Annotated[str, Field(description=N_("Of a credit note: what is paid back."))]
    credit: Annotated[str, Field(description=N_("Of a credit note: what is kept for later invoices."))]
    lines: list[MadeLine]

    @classmethod
    def of(cls, made: Document, *, currency: str) -> MadeDocument:
        names = ("subtotal", "discount", "tax", "total", "due", "refund", "credit")
        sums: dict[str, str] = {
            name: str(to_decimal(minor=getattr(made, f"{name}_minor"), currency=currency)) for name in names
        }
        lines = [MadeLine.of(line, currency=currency) for line in made.lines]
        return cls(
            kind=made.kind,
            id=made.id if made.number else None,
            number=made.number,
            of_number=made.of_number,
            due_at=made.due_at,
            lines=lines,
            **sums,
        )


class Done(Answer):
    """What an act has made, or would make."""

    is_preview: bool
    fingerprint: Annotated[str, Field(description=N_("To be handed to the act as `expected`."))]
    currency: Annotated[str, Field(examples=["CNY"])]
    due: Annotated[str, Field(description=N_("What is to be paid for it in the end."), examples=["300.00"])]
    paid_until: datetime | None
    next_due_at: datetime | None
    documents: list[MadeDocument]
    subscription: Annotated[
        SubscriptionWithActs | None, Field(description=N_("How it stands afterwards; null in a preview."))
    ]


class ExtendDone(Done):
    """A trial or a grace that lasts longer, or would."""

    state: Annotated[str, Field(description=N_("`trial` or `grace`."), examples=["trial"])]
    old_ends_at: Annotated[datetime, Field(description=N_("The first instant after it, as it was."))]
    ends_at: Annotated[datetime, Field(description=N_("The first instant after it, as it is now."))]


def _done(outcome: Outcome, *, request: HttpRequest, is_preview: bool) -> Done:
    return Done(**_told(outcome, request=request, is_preview=is_preview))


def _told(outcome: Outcome, *, request: HttpRequest, is_preview: bool) -> dict[str, Any]:
    row = outcome.subscription
    return {
        "is_preview": is_preview,
        "fingerprint": outcome.fingerprint,
        "currency": row.currency,
        "due": str(to_decimal(minor=outcome.due_minor, currency=row.currency)),
        "paid_until": row.paid_until,
        "next_due_at": outcome.next_due_at,
        "documents": [MadeDocument.of(made, currency=row.currency) for made in outcome.documents],
        "subscription": None if is_preview else read_subscription(request, subscription_id=row.id),
    }


# --- Acts ---


@router.post(
    "/accounts/{account_id}/subscriptions",
    response=Done,
    operation_id="start_subscription",
    summary=N_("Start a subscription"),
    description=N_("Begins a subscription now, later, or from a day in the past on, and bills what is due."),
)
@scope("subscriptions:start")
def start_subscription(request: HttpRequest, account_id: UUID, wish: StartAsked) -> Done:
    by = actor_of(request)
    account = access_billed_account(account_id=account_id, by=by)
    outcome = subscriptions.start_subscription(
        account_id=account.pk,
        wish=wish.wish(),
        by=by,
        at=clock.now_for(test_clock_at=account.test_clock_at),
        reason=wish.reason,
        expected=wish.expected,
        is_preview=wish.preview,
    )
    return _done(outcome, request=request, is_preview=wish.preview)


@router.post(
    "/subscriptions/{subscription_id}/plan",
    response=Done,
    operation_id="change_plan",
    summary=N_("Change the plan"),
    description=N_("Moves to another plan or version, now or later."),
)
@scope("subscriptions:write")
def change_plan(request: HttpRequest, subscription_id: UUID, wish: PlanAsked) -> Done:
    return _act(request, subscription_id=subscription_id, act="plan", verb=subscriptions.change_plan, wish=wish)


@router.post(
    "/subscriptions/{subscription_id}/quantity",
    response=Done,
    operation_id="set_quantity",
    summary=N_("Set a number of units"),
    description=N_("Sells another number of units of a charge."),
)
@scope("subscriptions:write")
def set_quantity(request: HttpRequest, subscription_id: UUID, wish: QuantityAsked) -> Done:
    return _act(request, subscription_id=subscription_id, act="quantity", verb=subscriptions.set_quantity, wish=wish)


@router.post(
    "/subscriptions/{subscription_id}/anchor",
    response=Done,
    operation_id="set_anchor",
    summary=N_("Set the billing day"),
    description=N_("Has periods begin on another day of the month; for the provider."),
)
@scope("subscriptions:write")
def set_anchor(request: HttpRequest, subscription_id: UUID, wish: AnchorAsked) -> Done:
    return _act(request, subscription_id=subscription_id, act="anchor", verb=subscriptions.set_anchor, wish=wish)


@router.post(
    "/subscriptions/{subscription_id}/pause",
    response=Done,
    operation_id="pause_subscription",
    summary=N_("Pause a subscription"),
    description=N_("Serves and bills nothing until it is resumed; unused time is credited."),
)
@scope("subscriptions:write")
def pause_subscription(request: HttpRequest, subscription_id: UUID, wish: ActAsked) -> Done:
    return _act(request, subscription_id=subscription_id, act="pause", verb=subscriptions.pause, wish=wish)


@router.post(
    "/subscriptions/{subscription_id}/resume",
    response=Done,
    operation_id="resume_subscription",
    summary=N_("Resume a subscription"),
    description=N_("Serves it again and bills the rest of the period."),
)
@scope("subscriptions:write")
def resume_subscription(request: HttpRequest, subscription_id: UUID, wish: ActAsked) -> Done:
    return _act(request, subscription_id=subscription_id, act="resume", verb=subscriptions.resume, wish=wish)


@router.post(
    "/subscriptions/{subscription_id}/cancel",
    response=Done,
    operation_id="cancel_subscription",
    summary=N_("Cancel a subscription"),
    description=N_("Ends it with its period, now, or at an instant to come; nothing is deleted."),
)
@scope("subscriptions:write")
def cancel_subscription(request: HttpRequest, subscription_id: UUID, wish: CancelAsked) -> Done:
    return _act(request, subscription_id=subscription_id, act="cancel", verb=subscriptions.cancel, wish=wish)


@router.post(
    "/subscriptions/{subscription_id}/reactivate",
    response=Done,
    operation_id="reactivate_subscription",
    summary=N_("Take a subscription up again"),
    description=N_("Takes up what was cancelled."),
)
@scope("subscriptions:write")
def reactivate_subscription(request: HttpRequest, subscription_id: UUID, wish: ActAsked) -> Done:
    return _act(request, subscription_id=subscription_id, act="reactivate", verb=subscriptions.reactivate, wish=wish)


@router.post(
    "/subscriptions/{subscription_id}/withdraw",
    response=Done,
    operation_id="withdraw_change",
    summary=N_("Take back what was planned"),
    description=N_("What was chosen for later does not happen."),
)
@scope("subscriptions:write")
def withdraw_change(request: HttpRequest, subscription_id: UUID, wish: ActAsked) -> Done:
    return _act(request, subscription_id=subscription_id, act="withdraw", verb=subscriptions.withdraw, wish=wish)


@router.post(
    "/subscriptions/{subscription_id}/extend",
    response=ExtendDone,
    operation_id="extend_access",
    summary=N_("Extend a trial or a grace"),
    description=N_("Has the trial or the grace that runs last until a later day, with a reason; for the provider."),
)
@scope("subscriptions:write")
def extend(request: HttpRequest, subscription_id: UUID, wish: ExtendAsked) -> ExtendDone:
    outcome = _do(request, subscription_id=subscription_id, act="extend", verb=extend_access, wish=wish)
    assert isinstance(outcome, Extended)
    told = _told(outcome, request=request, is_preview=wish.preview)
    return ExtendDone(**told, state=outcome.state, old_ends_at=outcome.old_ends_at, ends_at=outcome.ends_at)


def _act(
    request: HttpRequest, *, subscription_id: UUID, act: Act, verb: Callable[..., Outcome], wish: ActAsked
) -> Done:
    outcome = _do(request, subscription_id=subscription_id, act=act, verb=verb, wish=wish)
    return _done(outcome, request=request, is_preview=wish.preview)


def _do(
    request: HttpRequest, *, subscription_id: UUID, act: Act, verb: Callable[..., Outcome], wish: ActAsked
) -> Outcome:
    """One verb on one subscription that the key may change, as far as the key's portal may."""
    by = actor_of(request)
    one = access_subscription_by_key(by=by, subscription_id=subscription_id)
    is_operator = by.portal == "provider"
    if act not in acts_of(one, is_operator=is_operator):
        raise SubscriptionStateForbids(status=one.row.status)
    if not is_operator:
        _check_own(wish, one=one)
    return verb(
        account_id=one.row.account_id,
        subscription_id=one.row.id,
        by=by,
        at=clock.now_for(test_clock_at=one.row.account.test_clock_at),
        **wish.chosen(),
    )


def _check_own(wish: ActAsked, *, one: Served) -> None:
    """A subscriber chooses what its pages offer: plans on sale, now or with the period, unused time as credit."""
    if getattr(wish, "unused", "credit") != "credit":
        raise OnlyTheProvider(field="unused")
    if isinstance(getattr(wish, "when", "now"), datetime):
        raise OnlyTheProvider(field="when")
    if isinstance(wish, PlanAsked) and wish.version_id not in [
        offer.version.id for offer in plans_for(one, is_operator=False)
    ]:
        raise VersionNotForSale(field="version_id")
