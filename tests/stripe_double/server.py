"""The double's HTTP: Stripe's calls under /v1, the payer's page under /pay."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from . import pages
from .contract import BadRequest
from .store import KeyConflict, KeyInUse, Missing, Store

Plain = dict[str, Any]
_PART = re.compile(r"\[([^\]]*)\]")


def nested(pairs: list[tuple[str, str]]) -> Plain:
    """Form fields such as `line_items[0][price_data][currency]` as objects and lists."""
    root: Plain = {}
    for name, value in pairs:
        keys = [name.split("[", 1)[0], *_PART.findall(name)]
        place = root
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1] or str(len(place))] = value
    return {name: _listed(value) for name, value in root.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(part) for name, part in value.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


@dataclass
class Trouble:
    """What goes wrong with the next calls: "lost" acts and gives no answer, "down" answers 500, "busy" 429."""

    how: str
    times: int = 1


@dataclass
class Running:
    """A running double."""

    store: Store
    address: str
    troubles: list[Trouble] = field(default_factory=list)
    calls: list[tuple[str, str, str | None]] = field(default_factory=list)  # method, path, idempotency key

    def trouble(self, how: str, *, times: int = 1) -> None:
        self.troubles.append(Trouble(how, times))

    def next_trouble(self) -> str:
        with self.store.lock:
            if not self.troubles:
                return ""
            trouble = self.troubles[0]
            trouble.times -= 1
            if trouble.times <= 0:
                self.troubles.pop(0)
            return trouble.how


class Handler(BaseHTTPRequestHandler):
    running: ClassVar[Running]
    after_act: ClassVar[Callable[[], None] | None] = None
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:  # the test's output is not ours
        return

    # --- Stripe's API ---

    def do_GET(self) -> None:
        if self.path.startswith("/pay/"):
            self._show_page(self._session_id())
            return
        if self.path == "/health":
            self._send(200, b"{}", "application/json")
            return
        path, _, query = self.path.partition("?")
        self._api("GET", lambda: (200, self._read(path, dict(parse_qsl(query)))))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path.startswith("/pay/"):
            self._act_on_page(self._session_id(), dict(parse_qsl(body)).get("do", ""))
            return
        key = self.headers.get("Idempotency-Key")
        store = self.running.store
        self._api(
            "POST",
            lambda: store.once(
                key=key,
                path=self.path,
                body=body,
                act=lambda: (200, self._write(self.path, nested(parse_qsl(body, keep_blank_values=True)), key)),
            ),
        )

    def _api(self, method: str, act: Callable[[], tuple[int, Plain]]) -> None:
        self.running.calls.append((method, self.path, self.headers.get("Idempotency-Key")))
        if not self.headers.get("Authorization", "").startswith("Bearer sk_test_"):
            self._error(401, "Invalid API Key provided", kind="invalid_request_error")
            return
        how = self.running.next_trouble()
        if how in ("down", "busy"):
            self._error(500 if how == "down" else 429, "Try again later.", kind="api_error")
            return
        try:
            status, answer = act()
        except BadRequest as bad:
            self._error(400, str(bad), kind="invalid_request_error", param=bad.param, code=bad.code)
        except Missing as missing:
            self._error(404, f"No such object: '{missing}'", kind="invalid_request_error", code="resource_missing")
        except KeyConflict:
            self._error(400, "Keys for idempotent requests can only be used with the same parameters.",
                        kind="idempotency_error")  # fmt: skip
        except KeyInUse:
            self._error(409, "There is currently another in-progress request using this Idempotent Key.",
                        kind="idempotency_error", code="idempotency_key_in_use")  # fmt: skip
        else:
            if how == "lost":  # it happened, and nobody is told
                self.close_connection = True
                self.connection.close()
                return
            self._send(status, json.dumps(answer).encode(), "application/json")
            self._acted()

    def _read(self, path: str, query: dict[str, str]) -> Plain:
        store = self.running.store
        if path == "/v1/refunds":
            of = [one for one in store.all_of("refund") if one["payment_intent"] == query.get("payment_intent")]
            return {"object": "list", "data": of[::-1], "has_more": False, "url": path}
        if path == "/v1/payment_intents":
            taken = [one for one in store.all_of("payment_intent") if one["customer"] == query["customer"]]
            return {"object": "list", "data": taken[::-1], "has_more": False, "url": path}
        if path == "/v1/events":
            events = list(reversed(store.events))
            return {"object": "list", "data": events, "has_more": False, "url": path}
        if re.fullmatch(
            r"/v1/(customers|payment_intents|payment_methods|setup_intents|refunds|events|checkout/sessions)/\w+", path
        ):
            return store.get(path.rsplit("/", 1)[1])
        raise BadRequest(f"Unrecognized request URL (GET: {path}).")

    def _write(self, path: str, params: Plain, key: str | None) -> Plain:
        store = self.running.store
        calls: dict[str, Callable[..., Plain]] = {
            "/v1/customers": store.create_customer,
            "/v1/checkout/sessions": store.create_session,
            "/v1/refunds": store.create_refund,
            "/v1/payment_intents": store.take,
        }
        if path in calls:
            return calls[path](params, key=key)
        if found := re.fullmatch(r"/v1/checkout/sessions/(\w+)/expire", path):
            return store.expire_session(found[1])
        if found := re.fullmatch(r"/v1/payment_methods/(\w+)/detach", path):
            return store.detach(found[1])
        raise BadRequest(f"Unrecognized request URL (POST: {path}).")

    def _error(self, status: int, message: str, *, kind: str, param: str = "", code: str = "") -> None:
        error = {"type": kind, "message": message, "param": param or None, "code": code or None}
        self._send(status, json.dumps({"error": error}).encode(), "application/json")

    # --- The payer's page ---

    def _session_id(self) -> str:
        return self.path.split("?")[0].removeprefix("/pay/")

    def _show_page(self, session_id: str, *, problem: str = "") -> None:
        try:
            session = self.running.store.get(session_id)
        except Missing:
            self._html(pages.over("unknown"), status=404)
            return
        if session["status"] != "open":
            self._html(pages.over("over"))
        else:
            self._html(pages.card(session) if session["mode"] == "setup" else pages.checkout(session, problem=problem))

    def _act_on_page(self, session_id: str, do: str) -> None:
        store = self.running.store
        try:
            if do.startswith("keep-"):
                session = store.keep_card(session_id, card=do.removeprefix("keep-"))
                self._redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id))
            elif do in ("pay", "complete"):
                session = store.pay(session_id)
                self._redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id))
            elif do == "3ds":
                store.ask_for_3ds(session_id)
                self._html(pages.three_d_secure())
            else:
                code = "payment_intent_authentication_failure" if do == "fail" else "card_declined"
                store.decline(session_id, code=code)
                self._show_page(session_id, problem="Your card was declined. Try another one.")
        except (BadRequest, Missing):
            self._html(pages.over("expired"), status=410)
        self._acted()

    def _acted(self) -> None:
        if self.after_act is not None:
            type(self).after_act()  # type: ignore[misc]

    def _html(self, html: str, *, status: int = 200) -> None:
        self._send(status, html.encode(), "text/html; charset=utf-8")

    def _redirect(self, address: str) -> None:
        self.send_response(303)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: int, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Request-Id", "req_double")
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # a caller that went away is no failure
        return


@contextmanager
def running(*, secret: str, port: int = 0, after_act: Callable[[Running], None] | None = None) -> Iterator[Running]:
    """A double on loopback until the block ends. `after_act` is called after each act: it may deliver webhooks."""
    store = Store(secret=secret)
    handler = type("BoundHandler", (Handler,), {})
    server = _Server(("127.0.0.1", port), handler)
    store.base = f"http://127.0.0.1:{server.server_address[1]}"
    handler.running = Running(store=store, address=store.base)  # type: ignore[attr-defined]
    if after_act is not None:
        handler.after_act = staticmethod(lambda: after_act(handler.running))  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield handler.running  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
