"""How much answers come to that nobody bounds."""

from __future__ import annotations

from conduit_desktop.gateway.exchange import Endpoint, Trip
from conduit_desktop.gateway.snapshot import Snapshot, Target
from conduit_desktop.gateway.tally.outputs import GUESS, PICTURE, Outputs
from conduit_desktop.providers import spec
from conduit_desktop.records import Provider, Usage

PROVIDER = Provider(id="p", name="one", kind="openai-compatible", base_url="http://127.0.0.1:9/v1")
CHAT = Endpoint("chat.completions", "openai-chat", "chat")


def trip(output: int, target: str = "t", **more: object) -> Trip:
    made = Target(target, None, PROVIDER, spec("openai-compatible"), "real")
    usage = Usage(input=1, output=output)
    return Trip(
        id="r", started=0.0, began=0.0, method="POST", path="/", snapshot=Snapshot(), endpoint=CHAT, target=made,
        usage=usage, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_recent_mean_and_never_less_than_is_guessed() -> None:
    outputs = Outputs()
    assert (outputs.of("t", "chat"), outputs.of("t", "images.edits")) == (GUESS, PICTURE)
    outputs.learn(trip(8000))
    assert outputs.of("t", "chat") == 8000
    outputs.learn(trip(4000))
    assert outputs.of("t", "chat") == 7000
    for _ in range(40):
        outputs.learn(trip(3))
    assert outputs.of("t", "chat") == GUESS
    assert outputs.of("other", "chat") == GUESS


def test_of_one_answer_among_several() -> None:
    outputs = Outputs()
    outputs.learn(trip(8000, choices=4))
    assert outputs.of("t", "chat") == 2000


def test_what_bounds_itself_or_fails_says_nothing_of_the_others() -> None:
    outputs = Outputs()
    outputs.learn(trip(9000, most_output=9000))
    outputs.learn(trip(9000, error_code="stream_broken"))
    assert outputs.of("t", "chat") == GUESS


def test_it_forgets_the_eldest() -> None:
    outputs = Outputs()
    for number in range(2500):
        outputs.learn(trip(9000, f"t{number}"))
    assert outputs.of("t2499", "chat") == 9000
    assert outputs.of("t0", "chat") == GUESS
