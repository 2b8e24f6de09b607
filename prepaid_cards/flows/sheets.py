"""Printing cards on sheets: opened by an operation, printed in memory, sealed by another; a file a step of the job."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from invoices.errors import PrintingUnavailable
from invoices.flows.prints import stored_logo
from prepaid_cards.documents.grants import grants
from prepaid_cards.documents.sheets import Face, Printable, print_sheets
from prepaid_cards.errors import SheetsNotPrintable
from prepaid_cards.models import CardBatch, CardExport, GrantKind, RedeemBy
from prepaid_cards.operations.sheets import keep_part, open_part
from prepaid_cards.operations.zones import provider_zone
from prepaid_cards.queries.cards import provider_account
from prepaid_cards.rules.terms import last_day_before
from provider.kernel.errors import N_
from provider.kernel.jobs import Chunk, Outcome, Result
from provider.kernel.money import Money
from provider.look import formats

_ACCENT: Final = "#4350b5"


def sheets_chunk(chunk: Chunk) -> Outcome:
    """The job's step: one file of sheets."""
    export_id, index = UUID(chunk.params["export_id"]), int(chunk.cursor or 0)
    opened = open_part(export_id=export_id, index=index)
    if opened is None:
        return Outcome(cursor=None)  # withdrawn meanwhile, or another worker was here first
    cards = [Printable(serial=row.shown, code=row.code, link=row.link) for row in opened.rows]
    try:
        content = print_sheets(face_of(opened.export), cards=cards)
    except PrintingUnavailable as trouble:
        raise SheetsNotPrintable(lacks=trouble.facts["lacks"]) from trouble
    goes_on = keep_part(export_id=export_id, index=index, content=content, by=chunk.by, at=chunk.at)
    batch_page = Result(label=N_("The batch"), url=f"/operator/cards/batches/{opened.export.batch_id}/")
    return Outcome(
        cursor=index + 1 if goes_on else None, handled=len(cards), counts={"printed": len(cards)},
        result=None if goes_on else batch_page,
    )  # fmt: skip


def face_of(export: CardExport) -> Face:
    """What stands on every card of the batch, in the language of the sheets and the look of the provider's brand."""
    batch, language, provider = export.batch, export.language, provider_account()
    brand = provider.brand
    with override(language):
        return Face(
            language=language,
            brand_name=brand.name if brand else provider.public_name,
            accent=brand.accent if brand else _ACCENT,
            logo=stored_logo(brand.logo_file_id) if brand and brand.logo_file_id else None,
            product=batch.product.own_name,
            grants=_grants(batch),
            worth=formats.money(Money(batch.face_minor, batch.currency), language=language) if batch.face_minor else "",
            redeem_by=_redeem_by(batch),
            address=f"{settings.SITE_URL}/redeem/".partition("//")[2],
        )


def _grants(batch: CardBatch) -> str:
    if batch.product.kind == GrantKind.TOP_UP:
        return formats.money(Money(batch.product.top_up_minor, batch.currency))
    return grants(batch.product)


def _redeem_by(batch: CardBatch) -> str:
    """Until when the card is taken, as a line of the card; nothing where it has no end."""
    if batch.redeem_before is not None:
        last_day = last_day_before(instant=batch.redeem_before, zone=provider_zone())
        return _("Can be redeemed until %(day)s") % {"day": formats.day(last_day)}
    if batch.redeem_by != RedeemBy.YEARS or not batch.redeem_by_years:
        return ""
    years = batch.redeem_by_years
    return ngettext(
        "Can be redeemed to the end of the year after the sale",
        "Can be redeemed to the end of year %(count)s after the sale",
        years,
    ) % {"count": years}
