"""What schemathesis must not make up: addresses and vendors, for the gateway would call them."""

from __future__ import annotations

from typing import Any

import schemathesis

NOBODY = "http://127.0.0.1:9"


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Wherever text is given for an address or a kind of provider: a port of this machine where nobody listens."""
    if isinstance(body, dict):
        if isinstance(body.get("url"), str) and body["url"]:
            body["url"] = f"{NOBODY}/hook"
        if isinstance(body.get("base_url"), str) and body["base_url"]:
            body["base_url"] = f"{NOBODY}/v1"
        if isinstance(body.get("kind"), str) and "name" in body:
            body["kind"], body["base_url"] = "openai-compatible", f"{NOBODY}/v1"
    return body
