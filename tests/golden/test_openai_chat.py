"""What OpenAI's dialect reads out of recorded replies and streams: ``tests/golden/openai_chat.json`` says it, by the
name of the recording in ``tests/data/wire``. Streams are fed whole, byte by byte and cut off.

After a change that is meant: ``python tests/golden/test_openai_chat.py`` writes the file anew; read the diff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from conduit_desktop.wire.passing import openai
from conduit_desktop.wire.passing.openai import StreamWatch

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "openai_chat.json"
RECORDINGS = sorted((HERE.parent / "data" / "wire").glob("*.json"))


def recording(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return data


def reading(case: dict[str, Any], step: int | None = None) -> dict[str, Any]:
    """What is read out of a recorded answer; a stream is fed ``step`` bytes at a time."""
    response = case["response"]
    if "body_text" not in response:
        body = json.dumps(response["body"]).encode()
        if response["status"] >= 400:
            return {"error": openai.read_error(body)}
        outcome = openai.read_reply(body)
        return {"finish": outcome.finish, "error": outcome.error, "usage": usage(outcome.usage)}
    data = response["body_text"].encode()
    watch = StreamWatch(hide_usage=False)
    given = b"".join(watch.feed(data[at : at + (step or len(data))]) for at in range(0, len(data), step or len(data)))
    assert given + watch.end() + watch.held == data
    return {
        "finish": watch.finish,
        "error": watch.error,
        "usage": usage(watch.usage),
        "content": watch.content,
        "complete": watch.complete,
    }


def usage(found: Any) -> Any:
    """What is not nothing: so a new kind of count changes no old reading."""
    if found is None:
        return None
    return {name: value for name, value in msgspec.to_builtins(found).items() if value not in (None, False, "")}


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recordings_are_read_as_they_were_meant(path: Path) -> None:
    case, wanted = recording(path), json.loads(GOLDEN.read_text("utf-8"))[path.stem]
    for step in (None, 1, 7, 1000):
        assert reading(case, step) == wanted


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_stream_cut_off_before_its_end_is_not_complete(path: Path) -> None:
    response = recording(path)["response"]
    data = response.get("body_text", "").encode()
    end = min((at for mark in (b'"finish_reason":"', b'"error"', b"[DONE]") if (at := data.find(mark)) >= 0), default=0)
    for at in range(0, end, 37):
        watch = StreamWatch(hide_usage=False)
        watch.feed(data[:at])
        watch.end()
        assert not watch.complete


def test_the_golden_file_has_no_more_than_there_is() -> None:
    assert sorted(json.loads(GOLDEN.read_text("utf-8"))) == [path.stem for path in RECORDINGS]


if __name__ == "__main__":
    made = {path.stem: reading(recording(path)) for path in RECORDINGS}
    GOLDEN.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", "utf-8")
