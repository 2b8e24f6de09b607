"""Many waiting invoices decided at once, for machines: looked at together, approved, or set aside."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from invoices.operations.approvals import AT_ONCE, Approval, approve, set_aside
from invoices.queries.approvals import access_all_waiting
from provider.kernel import clock
from provider.kernel.doors import actor_of
from provider.kernel.errors import N_
from provider.kernel.machine_doors import Answer, Given, scope

from .amounts import Expected, SumShown

router = Router(tags=["Invoices"])


class Chosen(Given):
    """Which of those that wait, or were set aside."""

    invoice_ids: Annotated[
        list[UUID],
        Field(min_length=1, max_length=AT_ONCE, description=N_("One that is not there refuses them all (404).")),
    ]


class ApproveAsked(Chosen):
    """Which ones, and what was seen of them."""

    expected: Expected = None


class SetAsideAsked(Chosen):
    """Which ones, and why they are not sent."""

    reason: Annotated[str, Field(max_length=300, examples=["Agreed as a gift"])]


class ApprovalShown(Answer):
    """What approving makes, or would make."""

    invoice_ids: Annotated[list[UUID], Field(description=N_("Which are approved, the oldest of an account first."))]
    accounts: Annotated[int, Field(description=N_("How many accounts they are for."), examples=[12])]
    credit_notes: Annotated[
        int, Field(description=N_("Made at once, for days that were cut while they waited."), examples=[0])
    ]
    total: Annotated[list[SumShown], Field(description=N_("What they come to, by currency."))]
    due: Annotated[list[SumShown], Field(description=N_("What is left to pay after credit and prepaid money."))]
    left_alone: Annotated[int, Field(description=N_("How many others have approved meanwhile."), examples=[0])]
    fingerprint: Annotated[str, Field(description=N_("Send it as `expected`, to approve exactly this."))]

    @classmethod
    def of(cls, seen: Approval) -> ApprovalShown:
        return cls(
            invoice_ids=list(seen.invoice_ids),
            accounts=seen.accounts_count,
            credit_notes=seen.credit_notes_count,
            total=[SumShown.of(one) for one in seen.totals],
            due=[SumShown.of(one) for one in seen.due],
            left_alone=seen.gone_count,
            fingerprint=seen.fingerprint,
        )


class SetAsideShown(Answer):
    """What was taken out of the queue."""

    count: Annotated[int, Field(description=N_("How many; those that wait no more are left alone."), examples=[3])]
    invoice_ids: list[UUID]


@router.post(
    "/approvals/preview",
    response=ApprovalShown,
    operation_id="preview_approvals",
    summary=N_("See what approving many invoices would make"),
    description=N_("Their sum and what is left to pay, with the credit and prepaid money of now. Nothing is changed."),
)
@scope("invoices:approve")
def preview_approvals(request: HttpRequest, asked: Chosen) -> ApprovalShown:
    by = actor_of(request)
    ids = access_all_waiting(waiting_ids=asked.invoice_ids, by=by)
    return ApprovalShown.of(approve(invoice_ids=ids, by=by, at=clock.now(), is_preview=True))


@router.post(
    "/approvals/approve",
    response=ApprovalShown,
    operation_id="approve_invoices",
    summary=N_("Approve many invoices"),
    description=N_(
        "All of them or none: they get their numbers, are entered into the books and mailed. What somebody else has "
        "approved meanwhile is left alone; where that is all of them, it is refused (409 `invoice_not_waiting`)."
    ),
)
@scope("invoices:approve")
def approve_invoices(request: HttpRequest, asked: ApproveAsked) -> ApprovalShown:
    by = actor_of(request)
    ids = access_all_waiting(waiting_ids=asked.invoice_ids, by=by)
    return ApprovalShown.of(approve(invoice_ids=ids, by=by, at=clock.now(), expected=asked.expected))


@router.post(
    "/approvals/set-aside",
    response=SetAsideShown,
    operation_id="set_invoices_aside",
    summary=N_("Set many invoices aside"),
    description=N_(
        "They ask nobody for anything, unless somebody approves them after all; their days are billed. Where none of "
        "them waits any more, it is refused (409 `invoice_not_waiting`)."
    ),
)
@scope("invoices:approve")
def set_invoices_aside(request: HttpRequest, asked: SetAsideAsked) -> SetAsideShown:
    by = actor_of(request)
    ids = access_all_waiting(waiting_ids=asked.invoice_ids, by=by)
    done = set_aside(invoice_ids=ids, reason=asked.reason, by=by, at=clock.now())
    return SetAsideShown(count=len(done), invoice_ids=done)
