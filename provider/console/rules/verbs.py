"""What the acts of the audit are called; translated where they are shown."""

from __future__ import annotations

from typing import Final

from provider.kernel.errors import N_

VERBS: Final = {
    "account.created": N_("Account opened"),
    "account.settings_changed": N_("Account settings changed"),
    "acting.started": N_("Acting for the customer began"),
    "acting.ended": N_("Acting for the customer ended"),
    "api_key.created": N_("API key made"),
    "api_key.revoked": N_("API key revoked"),
    "brand.changed": N_("Brand changed"),
    "card_batch.approved": N_("Card batch approved"),
    "card_batch.generated": N_("Cards of the batch made"),
    "card_batch.locked": N_("Card batch locked"),
    "card_batch.opened": N_("Card batch opened"),
    "card_batch.ordered": N_("Card batch ordered"),
    "card_batch.voided": N_("Card batch voided"),
    "card_export.approved": N_("Export of cards approved"),
    "card_export.confirmed": N_("Export of cards confirmed by the printer"),
    "card_export.made": N_("Printer's file made"),
    "card_export.opened": N_("Sealed secrets opened for the printer"),
    "card_export.password_shown": N_("Password of the printer's file shown"),
    "card_export.requested": N_("Export of cards asked for"),
    "card_export.withdrawn": N_("Export of cards withdrawn"),
    "card_product.changed": N_("Card product changed"),
    "card_product.created": N_("Card product described"),
    "card_product.offered": N_("Card product offered"),
    "card_product.retired": N_("Card product retired"),
    "cards.activated": N_("Cards sold"),
    "cards.activation_reversed": N_("Sale of cards taken back"),
    "cards.called_back": N_("Shipment of cards called back"),
    "cards.extended": N_("Cards extended"),
    "cards.frozen": N_("Cards frozen"),
    "cards.received": N_("Shipment of cards received"),
    "cards.released": N_("Cards released"),
    "cards.shipped": N_("Cards shipped"),
    "cards.voided": N_("Cards withdrawn"),
    "consent.given": N_("Terms accepted"),
    "invitation.resent": N_("Invitation sent again"),
    "invitation.revoked": N_("Invitation withdrawn"),
    "job.started": N_("Job started"),
    "job.cancelled": N_("Job cancelled"),
    "job.retried": N_("Job tried again"),
    "member.invited": N_("Person invited"),
    "member.joined": N_("Person joined"),
    "member.left": N_("Person left"),
    "member.removed": N_("Person removed"),
    "member.role_changed": N_("Role changed"),
    "messages.resent": N_("Message sent again"),
    "messages.suppression_lifted": N_("Address released for messages"),
    "outbox.retried": N_("Stuck event tried again"),
    "ownership.offered": N_("Offer of ownership made"),
    "ownership.declined": N_("Ownership declined"),
    "ownership.withdrawn": N_("Offer of ownership withdrawn"),
    "ownership.transferred": N_("Ownership handed over"),
    "region.added": N_("Region added"),
    "region.opened": N_("Region opened"),
    "region.closed": N_("Region closed"),
    "support_access.requested": N_("Support access asked for"),
    "support_access.granted": N_("Support access allowed"),
    "support_access.declined": N_("Support access declined"),
    "support_access.withdrawn": N_("Support access withdrawn"),
    "user.created": N_("Person signed up"),
    "user.email_changed": N_("E-mail address changed"),
    "user.email_corrected": N_("E-mail address corrected"),
    "user.phone_changed": N_("Mobile number changed"),
    "user.settings_changed": N_("Own settings changed"),
}


def verb_in_words(verb: str) -> str:
    """The untranslated words for a verb of the audit; the verb itself where it has none yet."""
    return VERBS.get(verb, verb)
