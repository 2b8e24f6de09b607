"""Walking a story: each step is the operation that production has, on the real tables, in one transaction.

The transaction is rolled back at the end. After each step deferred constraints are made immediate and the outbox is
drained, so that nothing escapes the laws; each step that has a preview is previewed, and must make what that showed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, connections, transaction

from invoices.models import Coupon, Invoice, InvoiceLine
from invoices.operations import balances, coupons, credit_notes, payments, subscriptions
from invoices.operations.billing import bill_account
from invoices.operations.subscriptions import NewSubscription, Outcome
from invoices.operations.terms import Term, extend_term
from plans.models import Subscription
from plans.operations.usage import record_usage
from plans.queries.facts import Known, known_subscriptions
from plans.rules.catalogue import Version
from plans.rules.open_periods import cost_of_open_periods
from plans.rules.story import Step, Story
from plans.rules.usage import NewEvent
from provider.kernel import laws, outbox
from provider.kernel.actor import SYSTEM
from provider.kernel.clock import local_day
from provider.kernel.errors import Refusal
from provider.kernel.money import Money, exact_minor

from .compare import Difference, differences
from .stage import Stage, set_stage
from .telling import Told, tell


class StepFailed(Exception):
    """A step could not be done, or a law was broken by it."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(str(difference))
        self.difference = difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a story has come to."""

    told: Told
    differences: list[Difference]
    failure: str = ""  # why it could not be played to its end

    @property
    def has_passed(self) -> bool:
        """Whether everything was billed as the story expects."""
        return not self.differences


def play(
    story: Story,
    *,
    draft: Version | None = None,
    is_alone: bool = True,
    look: Callable[[Stage], object] = lambda _: None,
) -> Played:
    """Play a story and leave nothing of it behind; `draft` is the plan that it is kept with.

    Where it is alone, every law of the house is checked after it. Beside people at work it is not: what constraints and
    triggers hold is held at each step as ever, and laws that are asked of all rows have their own hour. When it has
    come to its end, `look` may read, and do, what it likes with everything still there.
    """
    with transaction.atomic(), outbox.gathering() as published:
        try:
            player = _Player(story, draft=draft, published=published, is_alone=is_alone)
            played = player.play()
            if not played.failure:
                look(player.stage)
            return played
        finally:
            transaction.set_rollback(True)


class _Player:
    def __init__(self, story: Story, *, draft: Version | None, published: Sequence[UUID], is_alone: bool) -> None:
        self.story = story
        self.published, self.is_alone = published, is_alone
        self.stage: Stage = set_stage(story, draft=draft)
        self.told = Told(title=story.title)
        self.at: datetime = story.steps[0].at
        self.count = 0

    @property
    def account_id(self) -> UUID:
        return self.stage.account.id

    def play(self) -> Played:
        try:
            for number, step in enumerate(self.story.steps):
                self._take(step)
                following = self.story.steps[number + 1 :]
                if not following or following[0].at != step.at:
                    self._look()
            self._bill_again()
            if self.is_alone:
                self._check_laws()
        except StepFailed as failure:
            told = Told(title=self.story.title)
            return Played(told=told, differences=[failure.difference], failure=str(failure))
        told = tell(self.told, stage=self.stage, story=self.story)
        return Played(told=told, differences=differences(story=self.story, told=told))

    def _take(self, step: Step) -> None:
        self.at = step.at
        self.count += 1
        if step.do == "bill" and not self._is_due():
            return  # a run would not find it; whether it should have shows when it is billed once more at the end
        try:
            getattr(self, f"_do_{step.do}")(dict(step.facts))
            self._settle()
        except Refusal as refusal:
            failed = Difference(line=step.line, key=step.do, text=refusal.text, facts=dict(refusal.facts))
            raise StepFailed(failed) from refusal
        except (DatabaseError, LookupError, ValueError, AssertionError) as trouble:
            raise StepFailed(Difference(line=step.line, key=step.do, text=repr(trouble))) from trouble

    def _bill_again(self) -> None:
        made = bill_account(account_id=self.account_id, at=self.at, by=SYSTEM)
        if made:
            text = f"after the last step billing once more made {len(made)} documents: {made}"
            raise StepFailed(Difference(line=self.story.steps[-1].line, key="bill", text=text))

    def _check_laws(self) -> None:
        self._settle()
        broken = [finding for law in laws.known() if not (finding := laws.check(law)).holds]
        if broken:
            named = "; ".join(f"{one.law.name}: {', '.join(one.examples)}" for one in broken)
            text = f"laws are broken: {named}"
            raise StepFailed(Difference(line=self.story.steps[-1].line, key="laws", text=text))

    # --- What an expectation may look at ---

    def _look(self) -> None:
        wanted = [entry.facts for entry in self.story.expect if entry.at == self.at]
        if any("usage" in facts for facts in wanted):
            costs: dict[str, int] = {}
            for one in self._known():
                costs |= cost_of_open_periods(facts=one.facts, at=self.at)
            self.told.usage[self.at] = costs
        if any("balance" in facts for facts in wanted):
            self.told.look_at_balances(at=self.at, account_id=self.account_id)
        if any("paid_until" in facts or "access" in facts for facts in wanted):
            self.told.look_at_access(at=self.at, account_id=self.account_id)

    def _known(self) -> list[Known]:
        rows = Subscription.objects.filter(account_id=self.account_id).order_by("created_at", "id")
        return known_subscriptions(list(rows))

    # --- Steps ---

    def _previewed(self, verb: Any, **facts: Any) -> Outcome:
        """Preview, then act with the preview's fingerprint: the act refuses if it would make something else."""
        facts |= {"account_id": self.account_id, "by": SYSTEM, "at": self.at}
        seen: Outcome = verb(**facts, is_preview=True)
        made: Outcome = verb(**facts, expected=seen.fingerprint)
        return made

    def _do_subscribe(self, facts: dict[str, Any]) -> None:
        wish = NewSubscription(
            version_id=self.stage.versions[facts["plan"]].id,
            code=facts.get("as", "main"),
            pays=facts.get("pays", "on_terms"),
            ends_at=facts.get("ends"),
            quantities=facts.get("quantities", {}),
            is_main=None if not Subscription.objects.filter(account_id=self.account_id).exists() else False,
        )
        self._previewed(subscriptions.start_subscription, wish=wish)

    def _do_use(self, facts: dict[str, Any], *, is_removal: bool = False) -> None:
        events = [
            NewEvent(
                id=facts.get("id") or f"{self.count}-{number}",
                meter=facts["meter"],
                at=self.at,
                **({"value": facts["value"]} if "value" in facts else {}),
                item=facts.get("item", ""),
                is_removal=is_removal,
                subscription=facts.get("as", ""),
            )
            for number in range(facts.get("count", 1))
        ]
        recorded = record_usage(account_id=self.account_id, source="story", events=events, by=SYSTEM, at=self.at)
        for event in recorded.events:
            if event.outcome == "unmatched":
                raise LookupError(f"whose event is this? {event.match.why}; name the subscription with “as”")

    _do_add = _do_use

    def _do_remove(self, facts: dict[str, Any]) -> None:
        self._do_use(facts, is_removal=True)

    def _do_set_quantity(self, facts: dict[str, Any]) -> None:
        self._previewed(
            subscriptions.set_quantity,
            subscription_id=self._subscription(facts),
            charge=facts["charge"],
            quantity=facts["quantity"],
            when=facts.get("when", "now"),
        )

    def _do_change_plan(self, facts: dict[str, Any]) -> None:
        self._previewed(
            subscriptions.change_plan,
            subscription_id=self._subscription(facts),
            version_id=self.stage.versions[facts["plan"]].id,
            when=facts.get("when", "now"),
            unused=facts.get("unused", "credit"),
        )

    def _do_set_anchor(self, facts: dict[str, Any]) -> None:
        self._previewed(
            subscriptions.set_anchor,
            subscription_id=self._subscription(facts),
            day=facts["day"],
            when=facts.get("when", "period_end"),
        )

    def _do_pause(self, facts: dict[str, Any]) -> None:
        self._previewed(subscriptions.pause, subscription_id=self._subscription(facts))

    def _do_resume(self, facts: dict[str, Any]) -> None:
        self._previewed(subscriptions.resume, subscription_id=self._subscription(facts))

    def _do_cancel(self, facts: dict[str, Any]) -> None:
        self._previewed(
            subscriptions.cancel,
            subscription_id=self._subscription(facts),
            when=facts.get("when", "now"),
            unused=facts.get("unused", "credit"),
        )

    def _do_bill(self, facts: dict[str, Any]) -> None:
        bill_account(account_id=self.account_id, at=self.at, by=SYSTEM)

    def _is_due(self) -> bool:
        return Subscription.objects.filter(account_id=self.account_id, next_due_at__lte=self.at).exists()

    def _do_pay(self, facts: dict[str, Any]) -> None:
        payments.record_payment(
            account_id=self.account_id,
            method="bank",
            reference=f"{self.account_id}-{self.count}",
            amount=self._money(facts),
            received_on=local_day(at=self.at, zone=self.story.zone),
            invoice_id=self._invoice(facts["invoice"]).id,
            by=SYSTEM,
            at=self.at,
        )

    def _do_credit_note(self, facts: dict[str, Any]) -> None:
        lines = InvoiceLine.objects.filter(invoice=self._invoice(facts["invoice"]), charge_code=facts["charge"])
        if "as" in facts:
            lines = lines.filter(subscription__code=facts["as"])
        if "from" in facts:
            lines = lines.filter(start_on=local_day(at=facts["from"], zone=self.story.zone))
        line = lines.order_by("position")[0]
        credit_notes.issue_credit_note(
            account_id=self.account_id,
            invoice_id=line.invoice_id,
            amounts={line.id: self._money(facts).minor},
            reason="as the story says",
            by=SYSTEM,
            at=self.at,
        )

    def _do_coupon(self, facts: dict[str, Any]) -> None:
        seller = self.stage.seller.account_id
        coupon: Coupon = coupons.create_coupon(
            seller_account_id=seller,
            code=facts["code"],
            percent=facts.get("percent"),
            amount=self._money(facts) if "amount" in facts else None,
            times=facts.get("times"),
            only=facts.get("only"),
            by=SYSTEM,
            at=self.at,
        )
        coupons.apply_coupon(
            account_id=self.account_id, seller_account_id=seller, coupon_id=coupon.id, by=SYSTEM, at=self.at
        )

    def _do_redeem(self, facts: dict[str, Any]) -> None:
        """A card as billing sees it: the term that it grants. What the card itself is, is the cards' matter."""
        card = facts["card"]
        face = exact_minor(amount=card["face"], currency=self.story.currency)
        term = Term(
            version_id=self.stage.versions[card["plan"]].id,
            months=card.get("months", 0),
            days=card.get("days", 0),
            seats=card.get("seats", 0),
            face_minor=face,
            source_kind="story",
            source_id=f"{self.account_id.hex}-{self.count}",
        )
        subscription_id = self._subscription(facts) if "as" in facts else None
        wish = {"term": term, "subscription_id": subscription_id}
        self._previewed(extend_term, **wish)

    def _do_top_up(self, facts: dict[str, Any]) -> None:
        balances.top_up(
            account_id=self.account_id,
            amount=self._money(facts),
            name=facts["balance"],
            priority=facts.get("priority", 0),
            expires_at=facts.get("expires"),
            only=facts.get("only"),
            source_kind="story",
            source_id=f"{self.account_id.hex}-{self.count}",
            by=SYSTEM,
            at=self.at,
        )

    # --- Whose and which ---

    def _subscription(self, facts: Mapping[str, Any]) -> UUID:
        rows = Subscription.objects.filter(account_id=self.account_id)
        found = list(rows.filter(code=facts["as"]) if "as" in facts else rows)
        if len(found) != 1:
            raise LookupError("which subscription? name it with “as”")
        return found[0].id

    def _invoice(self, number: int) -> Invoice:
        return Invoice.objects.filter(account_id=self.account_id).order_by("id")[number - 1]

    def _money(self, facts: Mapping[str, Any]) -> Money:
        return Money(exact_minor(amount=facts["amount"], currency=self.story.currency), self.story.currency)

    # --- Between steps ---

    def _settle(self) -> None:
        """Check what would be checked at commit, and deliver what would be delivered after it."""
        _check_deferred()
        outbox.drain(only=self.published)
        _check_deferred()


def _check_deferred() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")
