"""Every shape in which recorded providers tell usage, billed by the gateway and by a second calculation of its own.

The second one stands here: it reads the recorded bytes by itself and multiplies with Fractions. Each rate is another
prime, so that no part can be taken for another, be left out or be billed twice. A shape is what a recording tells that
bills differ by: provider, dialect, streamed or not, and the parts that its usage has.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from conduit_desktop.records import Exchange, Price
from tests.fakes.replay import Replay, cases
from tests.fakes.rig import Rig, running

pytestmark = [pytest.mark.wire, pytest.mark.slow]

USUAL = {
    "input": 1_000_003,
    "output": 5_000_011,
    "cached_read": 100_003,
    "cache_write": 1_250_009,
    "cache_write_1h": 2_000_003,
    "reasoning": 7_000_003,
    "audio_input": 11_000_027,
    "audio_output": 13_000_027,
    "image_input": 17_000_023,
    "image_output": 19_000_013,
    "video_input": 23_000_009,
    "cached_image": 29_009,
}
LONG = {part: 2 * rate + 1 for part, rate in USUAL.items()}
FLEX = {part: rate // 2 for part, rate in USUAL.items()}
PRIORITY = {part: 3 * rate for part, rate in USUAL.items()}
SEARCH, FILE_SEARCH, HOUR = 10_000_000_019, 2_500_000_001, 360_000_000_007
LONG_FROM = 2_000
"""Input tokens above which everything is dearer."""
FEES = {"per_search": SEARCH, "per_file_search": FILE_SEARCH, "per_audio_hour": HOUR}
PRICE = Price(
    source="by hand",
    **USUAL,
    **FEES,
    tiers=((LONG_FROM, Price(source="by hand", **LONG, **FEES)),),
    services=(
        ("flex", Price(source="by hand", **FLEX, **FEES)),
        ("priority", Price(source="by hand", **PRIORITY, **FEES)),
    ),
)

Told = dict[str, Any]
Bill = tuple[Fraction | None, dict[str, int]]
"""Picodollars (None: there is no price for it) and the counts that they come from."""


class Dialect(NamedTuple):
    """Where a provider is replayed, which recordings to take, where to ask the gateway for them."""

    kind: str
    mount: str
    provider: str
    endpoints: tuple[str, ...]
    path: str


DIALECTS = (
    Dialect("openai", "openai/v1", "openai", ("chat.completions",), "/v1/chat/completions"),
    Dialect("openai", "openai/v1", "openai", ("responses",), "/v1/responses"),
    Dialect("anthropic", "anthropic", "anthropic", ("messages",), "/v1/messages"),
    Dialect("gemini", "gemini", "gemini", ("generateContent", "streamGenerateContent"), "/v1beta/models/"),
    Dialect("cohere", "cohere", "cohere", ("v2.chat",), "/cohere/v2/chat"),
    Dialect("openrouter", "openrouter/api/v1", "openrouter", ("chat.completions",), "/v1/chat/completions"),
    Dialect("xai", "xai/v1", "xai", ("chat.completions",), "/v1/chat/completions"),
    Dialect("mistral", "mistral/v1", "mistral", ("chat.completions",), "/v1/chat/completions"),
    Dialect("deepseek", "deepseek", "deepseek", ("chat.completions",), "/v1/chat/completions"),
    Dialect("groq", "groq/openai/v1", "groq", ("chat.completions",), "/v1/chat/completions"),
    Dialect("perplexity", "perplexity", "perplexity", ("chat.completions",), "/v1/chat/completions"),
)
CHAT = Dialect("", "", "", (), "/v1/chat/completions")
MESSAGES = Dialect("", "", "", (), "/v1/messages")


# ---------------------------------------------------------------- the second calculation


def raw_of(case: dict[str, Any]) -> str:
    response = case["response"]
    if "body_text" in response:
        return str(response["body_text"])
    if "body_base64" in response:
        return base64.b64decode(response["body_base64"]).decode("latin-1")
    return json.dumps(response["body"])


def members(raw: str, name: str) -> list[Any]:
    """Every value that stands under a name, wherever in the bytes."""
    found = []
    for place in re.finditer(rf'"{name}"\s*:\s*', raw):
        try:
            found.append(json.JSONDecoder().raw_decode(raw, place.end())[0])
        except ValueError:
            continue
    return found


def tables(raw: str, name: str) -> list[Told]:
    return [each for each in members(raw, name) if isinstance(each, dict) and each]


def last_tier(raw: str) -> str:
    told = [each for each in members(raw, "service_tier") if isinstance(each, str)]
    return told[-1] if told else ""


def rates(long: bool, tier: str) -> dict[str, int] | None:
    if tier in ("", "default", "standard", "on_demand", "auto"):
        return LONG if long else USUAL
    return {"flex": FLEX, "priority": PRIORITY}.get(tier)


def total(counts: dict[str, int], tier: str, fees: Fraction = Fraction(0)) -> Bill:
    """``counts`` are disjoint parts by the name of their rate; ``all`` is the whole input, which chooses the tier."""
    whole = counts.pop("all")
    table = rates(whole > LONG_FROM, tier)
    if table is None:
        return None, counts
    return sum((Fraction(table[part]) * count for part, count in counts.items()), fees), counts


def of_openai(raw: str) -> Bill:
    """Chat completions and Responses, and all who imitate them."""
    told = tables(raw, "usage")[-1]
    if isinstance(told.get("cost"), dict):
        return Fraction(str(told["cost"]["total_cost"])) * 10**12, {}
    if told.get("cost") is not None:
        byok = (told.get("cost_details") or {}).get("upstream_inference_cost") if told.get("is_byok") else None
        return (Fraction(str(told["cost"])) + Fraction(str(byok or 0))) * 10**12, {}
    if told.get("cost_in_usd_ticks"):
        return Fraction(told["cost_in_usd_ticks"], 10**10) * 10**12, {}
    prompt, output = told.get("prompt_tokens", told.get("input_tokens")), told.get("completion_tokens")
    output = told.get("output_tokens") if output is None else output
    given = told.get("prompt_tokens_details") or told.get("input_tokens_details") or {}
    made = told.get("completion_tokens_details") or told.get("output_tokens_details") or {}
    thought = made.get("reasoning_tokens") or 0
    heard = given.get("audio_tokens") or 0
    over = told.get("total_tokens", 0) - prompt - output
    if over > 0 and over == heard:
        prompt += over
    elif over > 0:
        output, thought = output + over, over
    cached = given.get("cached_tokens") or told.get("prompt_cache_hit_tokens") or told.get("num_cached_tokens") or 0
    written, seen = given.get("cache_write_tokens") or 0, given.get("image_tokens") or 0
    spoken = made.get("audio_tokens") or 0
    seconds = told.get("prompt_audio_seconds") or 0
    items = [each for each in members(raw, "output") if isinstance(each, list)]
    kinds = [each for each in (items[-1] if items else []) if isinstance(each, dict)]
    searched = [each for each in kinds if each.get("type") == "web_search_call"]
    searches = sum((each.get("action") or {"type": "search"}).get("type") == "search" for each in searched)
    files = sum(each.get("type") == "file_search_call" for each in kinds)
    fees = Fraction(SEARCH) * searches + FILE_SEARCH * files + round(Fraction(HOUR) * seconds / 3600)
    counts = {
        "all": prompt,
        "input": prompt - cached - written - heard - seen,
        "cached_read": cached,
        "cache_write": written,
        "audio_input": 0 if seconds else heard,  # billed by its length
        "image_input": seen,
        "output": max(output - thought - spoken, 0),
        "reasoning": thought,
        "audio_output": spoken,
    }
    if any(each.get("type") == "image_generation_call" for each in kinds):
        return None, counts
    return total(counts, last_tier(raw), fees)


def of_anthropic(raw: str) -> Bill:
    told: Told = {}
    for each in tables(raw, "usage"):  # what message_start tells, then message_delta
        told |= {name: value for name, value in each.items() if value is not None}
    cached, written = told.get("cache_read_input_tokens", 0), told.get("cache_creation_input_tokens", 0)
    kept = told.get("cache_creation") or {}
    hour, short = kept.get("ephemeral_1h_input_tokens", 0), kept.get("ephemeral_5m_input_tokens", 0)
    written = max(written, hour + short)
    thought = (told.get("output_tokens_details") or {}).get("thinking_tokens", 0)
    searches = (told.get("server_tool_use") or {}).get("web_search_requests", 0)
    counts = {
        "all": told["input_tokens"] + cached + written,
        "input": told["input_tokens"],
        "cached_read": cached,
        "cache_write": written - hour,
        "cache_write_1h": hour,
        "output": told["output_tokens"] - thought,
        "reasoning": thought,
    }
    if any(each.get("type") == "advisor_message" for each in told.get("iterations") or []):
        return None, counts  # another model's tokens, at another price
    return total(counts, told.get("service_tier", ""), Fraction(SEARCH) * searches)


def of_gemini(raw: str) -> Bill:
    told = tables(raw, "usageMetadata")[-1]
    prompt = told.get("promptTokenCount", 0) + told.get("toolUsePromptTokenCount", 0)
    thought, said = told.get("thoughtsTokenCount", 0), told.get("candidatesTokenCount", 0)

    def of(name: str, modality: str) -> int:
        return sum(each.get("tokenCount", 0) for each in told.get(name) or [] if each.get("modality") == modality)

    cached, cached_images = told.get("cachedContentTokenCount", 0), of("cacheTokensDetails", "IMAGE")
    heard, seen = of("promptTokensDetails", "AUDIO"), of("promptTokensDetails", "IMAGE") - cached_images
    watched, spoken = of("promptTokensDetails", "VIDEO"), of("candidatesTokensDetails", "AUDIO")
    drawn = of("candidatesTokensDetails", "IMAGE")
    asked = [each for each in members(raw, "webSearchQueries") if isinstance(each, list)]
    counts = {
        "all": prompt,
        "input": prompt - cached - heard - seen - watched,
        "cached_read": cached - cached_images,
        "cached_image": cached_images,
        "audio_input": heard,
        "image_input": seen,
        "video_input": watched,
        "output": said - spoken - drawn,
        "reasoning": thought,
        "audio_output": spoken,
        "image_output": drawn,
    }
    return total(counts, told.get("serviceTier", ""), Fraction(SEARCH) * (len(asked[-1]) if asked else 0))


def of_cohere(raw: str) -> Bill:
    """It bills other counts than it tells, and no part of them by itself."""
    told = tables(raw, "usage")[-1]
    billed, passed = told["billed_units"], told.get("tokens") or {}
    counts = {"all": passed.get("input_tokens", billed["input_tokens"]), "input": billed["input_tokens"]}
    return total(counts | {"output": billed["output_tokens"]}, "")


BILLS = {"anthropic": of_anthropic, "gemini": of_gemini, "cohere": of_cohere}


# ---------------------------------------------------------------- which recordings


class Shape(NamedTuple):
    dialect: Dialect
    case: dict[str, Any]
    bill: Bill
    parts: str


def shapes() -> Iterator[Shape]:
    """The first recording of each shape."""
    for dialect in DIALECTS:
        seen = set()
        for case in cases(dialect.provider, *dialect.endpoints):
            raw = raw_of(case)
            asked = case["request"].get("body")
            if (
                case["response"]["status"] != 200
                or not isinstance(asked, dict)
                or case["features"].count("error-in-200")
            ):
                continue
            if not (tables(raw, "usage") or tables(raw, "usageMetadata")) or "truncated-stream" in case["features"]:
                continue
            try:
                bill = BILLS.get(dialect.provider, of_openai)(raw)
            except (KeyError, TypeError):
                continue  # no counts in what is called usage
            told = [part for part, count in bill[1].items() if count]
            parts = " ".join([*told, *_marks(raw, bill, dialect)])
            if (case["stream"], parts) not in seen:
                seen.add((case["stream"], parts))
                yield Shape(dialect, case, bill, parts)


def _marks(raw: str, bill: Bill, dialect: Dialect) -> Iterator[str]:
    if bill[0] is None:
        yield "UNPRICED"
    elif not bill[1]:
        yield "reported by the provider"
    tier = last_tier(raw)
    if tier in ("flex", "priority"):
        yield f"tier:{tier}"
    if bill[1] and sum(count for part, count in bill[1].items() if part in ("input", "cached_read")) > LONG_FROM:
        yield "long"
    if "web_search_call" in raw or "webSearchQueries" in raw or '"web_search_requests":1' in raw.replace(" ", ""):
        yield "searches"


SHAPES = list(shapes()) if (Path(__file__).resolve().parents[3] / "shared" / "wire" / "corpus").is_dir() else []


# ---------------------------------------------------------------- the gateway's own


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    with Replay() as server:
        yield server


async def asked(http: httpx.AsyncClient, rig: Rig, dialect: Dialect, case: dict[str, Any], model: str) -> int:
    """Ask the gateway for a recording in the client dialect that ``dialect`` names."""
    body = dict(case["request"]["body"])
    path = dialect.path
    if path == "/v1beta/models/":
        path = f"{path}{model}:{'streamGenerateContent?alt=sse' if case['stream'] else 'generateContent'}"
    else:
        body["model"] = model
    headers = {"authorization": f"Bearer {rig.key}", "anthropic-version": "2023-06-01"}
    answer = await http.post(path, json=body, headers=headers)
    return answer.status_code


async def newest(rig: Rig, count: int) -> Exchange:
    return (await rig.logged(count))[0]


def plain(case: dict[str, Any], client: Dialect, model: str) -> dict[str, Any]:
    """The same recording asked for in another client's dialect, with a request of no matter."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "user", "content": "hello"}],
        "stream": case["stream"],
    }
    if client is MESSAGES:
        # Reasoning is what makes the gateway ask OpenAI by way of Responses.
        body |= {"max_tokens": 2000, "thinking": {"type": "enabled", "budget_tokens": 1024}}
    return {**case, "request": {"body": body}}


def test_there_are_enough_shapes() -> None:
    assert len(SHAPES) >= 40
    assert len({shape.dialect.path for shape in SHAPES}) >= 5
    assert {"stream", "whole"} == {"stream" if shape.case["stream"] else "whole" for shape in SHAPES}


async def test_every_shape_costs_what_it_costs(replay: Replay, tmp_path: Path) -> None:
    wrong = []
    async with running(tmp_path) as rig, httpx.AsyncClient(base_url=rig.base_url, timeout=60) as http:
        accounts = _accounts(rig, replay)
        done = 0
        for shape in SHAPES:
            account = accounts[shape.dialect.mount]
            name = str(shape.case["model"] or "model")
            rig.set_price(account, name, PRICE)
            translated = MESSAGES if shape.dialect.kind == "openai" or shape.dialect.path == CHAT.path else CHAT
            for client in (shape.dialect, translated):
                case = shape.case if client is shape.dialect else plain(shape.case, client, name)
                replay.next(shape.case["name"], 3)
                status = await asked(http, rig, client, case, f"{account.name}/{name}")
                done += 1
                row = await newest(rig, done)
                wanted = None if shape.bill[0] is None else round(shape.bill[0])
                how = "same" if client is shape.dialect else "translated"
                if how == "same":
                    _print(shape, row)
                if status != 200 or row.cost != wanted or (row.usage is not None and row.usage.estimated):
                    wrong.append(
                        f"{shape.case['name']} {how}: {status} {row.error} cost {row.cost}, wanted {wanted}"
                        f" ({shape.parts}); {row.usage}"
                    )
    print(f"{len(SHAPES)} shapes, {done} bills, {done - len(wrong)} right")
    assert not wrong, "\n".join(wrong)


def _accounts(rig: Rig, replay: Replay) -> dict[str, Any]:
    return {
        mount: rig.add_provider(f"p{n}", kind, f"{replay.url}/{mount}", "sk-upstream-0123456789abcdef")
        for n, (mount, kind) in enumerate({each.mount: each.kind for each in DIALECTS}.items())
    }


def _print(shape: Shape, row: Exchange) -> None:
    cost = "unpriced" if row.cost is None else f"{row.cost / 10**12:.9f}"
    kind = "stream" if shape.case["stream"] else "whole"
    print(f"{shape.dialect.provider:10} {shape.dialect.path[:22]:22} {kind:6} {cost:>12}  {shape.parts}")


CUT = (
    ("openai", "chat.completions", "/v1/chat/completions"),
    ("openai", "responses", "/v1/responses"),
    ("anthropic", "messages", "/v1/messages"),
    ("gemini", "streamGenerateContent", "/v1beta/models/"),
    ("cohere", "v2.chat", "/cohere/v2/chat"),
)


@pytest.mark.parametrize(("provider", "endpoint", "path"), CUT, ids=[f"{each[0]}-{each[1]}" for each in CUT])
async def test_what_a_broken_stream_used_is_counted(
    provider: str, endpoint: str, path: str, replay: Replay, tmp_path: Path
) -> None:
    dialect = next(each for each in DIALECTS if each.provider == provider and endpoint in each.endpoints)
    long = max(
        (
            case
            for case in cases(provider, endpoint)
            if case["stream"] and isinstance(case["request"].get("body"), dict)
        ),
        key=lambda case: raw_of(case).count("data:") if case["response"]["status"] == 200 else 0,
    )
    async with running(tmp_path) as rig, httpx.AsyncClient(base_url=rig.base_url, timeout=60) as http:
        account = rig.add_provider("cut", dialect.kind, f"{replay.url}/{dialect.mount}", "sk-upstream-0123456789abcdef")
        name = str(long["model"] or "model")
        rig.set_price(account, name, PRICE)
        replay.next(long["name"], 1, fault=f"cut; after={raw_of(long).count('data:') // 2}")
        await asked(http, rig, dialect, long, f"{account.name}/{name}")
        row = await newest(rig, 1)
    assert row.error_code == "stream_broken", row
    assert row.usage is not None
    assert row.usage.estimated
    assert row.usage.input > 0
    assert row.usage.output > 0
    assert row.cost is not None
    table = LONG if row.usage.input > LONG_FROM else USUAL
    thought = row.usage.reasoning
    least = row.usage.output * table["output"] + (row.usage.input - row.usage.cached_read) * table["input"]
    assert row.cost >= least or thought or row.usage.cache_write
