"""Addresses of providers: what a base URL may be, and the URL of an endpoint below it. Pure text, no
network."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urlsplit

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.providers.spec import ProviderSpec

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TAILS = ("chat/completions", "completions", "embeddings", "models", "responses", "messages", "chat")
_VERSION = re.compile(r"(?:(?:/openai)?/v\d+[a-z0-9]*(?:/projects/[^/]+/locations/[^/]+)?|/openai|/models)$")
_LABELS = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?")


@lru_cache(maxsize=1024)
def endpoint_url(base_url: str, path: str, model: str = "") -> str:
    """The URL of ``path`` below a normalised ``base_url``, with ``model`` in its place. A path with a slash in front
    brings its own version segment and takes the place of the one that the base URL may end in (with Vertex AI's project
    and location, or Azure's ``/openai`` and ``/models``); one with two is at the host that manages what this one runs
    (``bedrock.…`` beside ``bedrock-runtime.…``). A query of the base URL's is kept, but for a parameter that the path
    names without a value."""
    base, _, query = base_url.partition("?")
    base = base.rstrip("/")
    if path.startswith("//"):
        base, path = base.replace("://bedrock-runtime", "://bedrock", 1), path[2:]
    base = _VERSION.sub("", base) if path.startswith("/") else base + "/"
    if "{model}" in path:
        path = path.replace("{model}", quote(model.removeprefix("models/"), safe="@:"))
    path, _, more = path.partition("?")
    query = _joined(query, more)
    return base + path + (f"?{query}" if query else "")


def _joined(given: str, own: str) -> str:
    """The parameters of a base URL's query and those of a path's that it does not set. One without a value there is
    wanted by neither."""
    unwanted = {each for each in own.split("&") if "=" not in each}
    kept = [each for each in given.split("&") if each and each.partition("=")[0] not in unwanted]
    names = {each.partition("=")[0] for each in kept} | unwanted
    return "&".join([*kept, *(each for each in own.split("&") if each.partition("=")[0] not in names)])


def normalise_base_url(text: str, spec: ProviderSpec) -> str:
    """``text`` as typed or pasted, made the base URL to store: scheme, host, path with the version segment,
    no slash at the end. Empty means the kind's own. A pasted endpoint URL (``…/chat/completions``) loses its
    tail, and the bare host of a vendor gets the vendor's version segment. Raises ConfigurationError, code
    ``bad_base_url``."""
    if spec.built_in:
        return spec.base_url
    text = text.strip()
    if not text:
        if spec.base_url:
            return spec.base_url
        raise _bad(f"{spec.title} needs a base URL.", f"It is the server's address, such as {spec.address_hint}.")
    text, query = _kept_query(text, spec)
    parts = _split(text)
    host = parts.hostname or ""
    path = _trim(parts.path, spec)
    port = _port(parts)
    shown = f"[{host}]" if ":" in host else host
    found = f"{parts.scheme}://{shown}" + (f":{port}" if port != _DEFAULT_PORTS[parts.scheme] else "")
    return found + (path or _usual_path(found, host, spec)) + query


def _kept_query(text: str, spec: ProviderSpec) -> tuple[str, str]:
    """``text`` without the query that the kind keeps (Azure's ``api-version``), and that query with its ``?``."""
    address, _, query = text.partition("?")
    given = query.split("&") if query else []
    if not given or not all(re.fullmatch(r"[a-z-]+=[\w.-]+", each) for each in given):
        return text, ""
    if not {each.partition("=")[0] for each in given} <= set(spec.base_query):
        return text, ""
    return address, f"?{query}"


def origin(url: str) -> str:
    """Scheme, host and port of a URL, the port always written out. A secret goes to its own origin only."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)}"


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs lead to the same scheme, host and port."""
    return origin(one) == origin(other)


def is_loopback(url: str) -> bool:
    """Whether the URL names this machine."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return _loopback(host)


def is_cleartext(url: str) -> bool:
    """Whether what is sent there can be read on the way: plain http that leaves this machine."""
    return urlsplit(url).scheme == "http" and not is_loopback(url)


def _loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or bool(mapped and mapped.is_loopback)


def _split(text: str) -> SplitResult:
    if any(mark.isspace() or not mark.isprintable() for mark in text) or "\\" in text:
        raise _bad("The base URL holds a blank or a line break.", "Check what was pasted.")
    if "://" not in text:
        text = f"{'http' if _looks_local(text) else 'https'}://{text}"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise _bad("The base URL is no valid address.", "It looks like https://host/v1.") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise _bad("A base URL starts with https:// or http://.", "It looks like https://host/v1.")
    if parts.username is not None or parts.password is not None:
        raise _bad(
            "A base URL must not hold a user name or password.",
            "Keys belong in the key field, where they go to the vault.",
        )
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        raise _bad("A base URL must not hold a query or fragment.", "Remove everything from ? or # on.")
    _check_host(host)
    return parts


def _check_host(host: str) -> None:
    if ":" in host:
        return  # an IPv6 literal: urlsplit has checked it
    try:
        plain = host.encode("idna").decode() if host else ""
    except UnicodeError:
        plain = ""
    if not _LABELS.fullmatch(plain) or len(plain) > 253:
        raise _bad("The base URL names no valid host.", "It looks like https://host/v1.")


def _port(parts: SplitResult) -> int:
    port = parts.port
    if port == 0:
        raise _bad("Port 0 is no port to connect to.", "Give the port the server listens on.")
    return port or _DEFAULT_PORTS[parts.scheme]


def _looks_local(text: str) -> bool:
    host = text.split("/", 1)[0]
    host = host[1 : host.index("]")] if host.startswith("[") and "]" in host else host.rsplit(":", 1)[0]
    return _loopback(host.lower())


def _trim(path: str, spec: ProviderSpec) -> str:
    path = re.sub(r"/{2,}", "/", path).rstrip("/")
    own = [end for surface in spec.surfaces for end in surface.base]
    for tail in _TAILS:
        if path.endswith("/" + tail) and f"/{tail}" not in own:
            path = path[: -len(tail) - 1].rstrip("/")
            break
    path = re.sub(r"/openai/deployments/[^/]+(?:/[a-z/]+)?$", "", path)
    return re.sub(r"(/v\d+)\1+$", r"\1", path)


def _usual_path(found: str, host: str, spec: ProviderSpec) -> str:
    """The path to put after a bare host: what the kind or a preset documents there, ``/v1`` on this machine,
    and nothing elsewhere, because some vendors document no version segment."""
    for known in (spec.base_url, *(preset.base_url for preset in spec.presets)):
        if known and same_origin(known, found.replace("localhost", "127.0.0.1")):
            return urlsplit(known).path.rstrip("/")
    usual = next(surface for surface in spec.surfaces if not surface.base)
    versioned = any(path.startswith("/") for path in usual.paths.values())
    return "/v1" if _loopback(host) and not versioned else ""


def _bad(message: str, hint: str) -> ConfigurationError:
    return ConfigurationError(message, hint=hint, code="bad_base_url")
