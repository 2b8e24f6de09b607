"""Where a request came from, behind as many proxies of our own as the settings say."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The network address of the one who asks.

    Each proxy appends the address that it was asked from to X-Forwarded-For, so only as many of its last entries are
    true as there are proxies of ours; whatever stands before them was written by the caller. A request that passed
    fewer proxies than that, or an entry that is no address, counts as the machine that it came from.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    proxies: int = settings.TRUSTED_PROXY_COUNT
    if not proxies:
        return peer
    entries = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    return (_address_in(entries[-proxies]) if len(entries) >= proxies else "") or peer


def _address_in(entry: str) -> str:
    """The address in `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`; '' if there is none."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
