"""What schemathesis must not make up: addresses and vendors, for the gateway would call them."""

from __future__ import annotations

from typing import Any

import schemathesis

NOBODY = "http://127.0.0.1:9"
THERE = {"provider": "demo", "model": "fast", "key": "editor", "setting": "retention_days", "credential": "first"}
"""What ``Program.with_demo`` makes."""


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Wherever text is given for an address or a kind of provider: a port of this machine where nobody listens. What is
    too short or too long stays so, for it is to be refused."""
    if isinstance(body, dict):
        for name in ("url", "base_url"):
            if isinstance(body.get(name), str) and 0 < len(body[name]) <= 2000:
                body[name] = f"{NOBODY}/v1"
        if isinstance(body.get("kind"), str) and len(body["kind"]) <= 50 and "name" in body:
            body["kind"], body["base_url"] = "openai-compatible", f"{NOBODY}/v1"
    return body


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Names that there are, but where something is to be deleted: made-up ones find nothing."""
    if isinstance(path_parameters, dict) and context.operation.method.upper() != "DELETE":
        for name in path_parameters.keys() & THERE.keys():
            if len(str(path_parameters[name])) % 2:
                path_parameters[name] = THERE[name]
    return path_parameters
