"""The hosted payment page: what a payer may do there, as buttons. English only: it stands for somebody else's page."""

from __future__ import annotations

from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:8vh auto;padding:0 1rem;color:#1a1f36}"
    "button{font:inherit;width:100%;padding:.7rem;margin:.3rem 0;border:1px solid #c1c9d2;border-radius:6px;"
    "background:#fff;color:#1a1f36}button.main{background:#2b4bd8;color:#fff;border-color:#2b4bd8}"
    ".bad{color:#a3123a}h1{font-size:1rem;margin:0}strong{font-size:2rem}"
)


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>"
    )


def _button(action: str, text: str, *, is_main: bool = False) -> str:
    kind = ' class="main"' if is_main else ""
    return f'<form method="post"><button name="do" value="{action}"{kind}>{text}</button></form>'


def checkout(session: dict[str, Any], *, problem: str = "") -> str:
    """The page of an open session."""
    whole, cents = divmod(session["amount_total"], 100)
    amount = f"{session['currency'].upper()} {whole:,}.{cents:02}"
    said = f'<p class="bad" role="alert">{escape(problem)}</p>' if problem else ""
    return _page(
        "Test payment",
        f"<h1>Test payment: no money moves</h1><p><strong>{amount}</strong></p>{said}"
        + _button("pay", "Pay", is_main=True)
        + _button("3ds", "Pay with 3-D Secure")
        + _button("decline", "Pay with a card that is declined")
        + _back(session),
    )


def card(session: dict[str, Any]) -> str:
    """The page on which a card is only kept."""
    return _page(
        "Test card",
        "<h1>Test card: no money moves</h1><p>Which card shall be kept?</p>"
        + _button("keep-good", "Visa 4242, which pays", is_main=True)
        + _button("keep-poor", "Visa 9995, which has too little money later")
        + _button("keep-lost", "Mastercard 9987, which is lost later")
        + _button("keep-asks", "Visa 3155, whose bank asks each time")
        + _back(session),
    )


def _back(session: dict[str, Any]) -> str:
    return f'<p><a href="{escape(session["cancel_url"])}">Back to the shop</a></p>' if session["cancel_url"] else ""


def three_d_secure() -> str:
    """The bank's page."""
    return _page(
        "3-D Secure",
        "<h1>Your bank asks: is it you who pays?</h1>"
        + _button("complete", "Yes, it is me", is_main=True)
        + _button("fail", "No"),
    )


def over(status: str) -> str:
    return _page("Test payment", f"<h1>This payment page is {escape(status)}.</h1><p>Go back to the shop.</p>")
