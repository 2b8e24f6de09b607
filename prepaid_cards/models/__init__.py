"""Products, batches, cards, what happened to them, and who redeemed them."""

from .alerts import ALERT_MOVES, AlertKind, AlertStatus, CardAlert, WaitEnded, WaitKind
from .batches import (
    BATCH_MOVES,
    EXPORT_MOVES,
    BatchKind,
    BatchStatus,
    CardBatch,
    CardExport,
    ExportLayout,
    ExportMethod,
    ExportStatus,
)
from .breakage import BreakageMethod, BreakageMonth, BreakagePolicy, BreakageRelease, CardBreakage
from .campaigns import CAMPAIGN_MOVES, Audience, BonusKind, Campaign, CampaignStatus, CampaignUse
from .cards import (
    CARD_MOVES,
    SHIPMENT_MOVES,
    Activation,
    Card,
    CardEvent,
    CardShipment,
    CardStatus,
    CardVerb,
    ShipmentStatus,
)
from .places import SellingPlace
from .print_reports import PrintReport, PrintReportStatus
from .products import PRODUCT_MOVES, CardProduct, GrantKind, ProductStatus, RedeemBy, TaxClass
from .redemptions import AttemptOutcome, Redemption, RedemptionAttempt, RedemptionStatus
from .replacements import CardReplacement
from .reports import REPORT_MOVES, CardReport, ReportKind, ReportStatus
from .winback import OfferStatus, WinBackOffer, WinBackRound

__all__ = [
    "ALERT_MOVES",
    "BATCH_MOVES",
    "CAMPAIGN_MOVES",
    "CARD_MOVES",
    "EXPORT_MOVES",
    "PRODUCT_MOVES",
    "REPORT_MOVES",
    "SHIPMENT_MOVES",
    "Activation",
    "AlertKind",
    "AlertStatus",
    "AttemptOutcome",
    "Audience",
    "BatchKind",
    "BatchStatus",
    "BonusKind",
    "BreakageMethod",
    "BreakageMonth",
    "BreakagePolicy",
    "BreakageRelease",
    "Campaign",
    "CampaignStatus",
    "CampaignUse",
    "Card",
    "CardAlert",
    "CardBatch",
    "CardBreakage",
    "CardEvent",
    "CardExport",
    "CardProduct",
    "CardReplacement",
    "CardReport",
    "CardShipment",
    "CardStatus",
    "CardVerb",
    "ExportLayout",
    "ExportMethod",
    "ExportStatus",
    "GrantKind",
    "OfferStatus",
    "PrintReport",
    "PrintReportStatus",
    "ProductStatus",
    "RedeemBy",
    "Redemption",
    "RedemptionAttempt",
    "RedemptionStatus",
    "ReportKind",
    "ReportStatus",
    "SellingPlace",
    "ShipmentStatus",
    "TaxClass",
    "WaitEnded",
    "WaitKind",
    "WinBackOffer",
    "WinBackRound",
]
