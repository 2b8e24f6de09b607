"""The double as a process of its own, for the demo: it delivers its webhooks by itself, and tries again."""

from __future__ import annotations

import argparse
import threading
import time
import urllib.error
import urllib.request

from .server import Running, running

PAUSES = (0.0, 1.0, 5.0, 30.0)


def _post(address: str) -> object:
    def deliver(body: bytes, headers: dict[str, str]) -> int:
        request = urllib.request.Request(address, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    return deliver


def _deliver_patiently(double: Running, address: str) -> None:
    for pause in PAUSES:
        time.sleep(pause)
        if all(200 <= status < 300 for status in double.store.deliver(_post(address))):  # type: ignore[arg-type]
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8810)
    parser.add_argument("--webhook", required=True, help="where the product takes webhooks")
    parser.add_argument("--secret", required=True, help="the secret that signs them")
    given = parser.parse_args()

    def after_act(double: Running) -> None:
        threading.Thread(target=_deliver_patiently, args=(double, given.webhook), daemon=True).start()

    with running(secret=given.secret, port=given.port, after_act=after_act) as double:
        print(f"A Stripe double answers at {double.address}.", flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
