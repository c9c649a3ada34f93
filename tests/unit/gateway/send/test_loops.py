"""Marks by which a request that comes back to us is known."""

from __future__ import annotations

from conduit_desktop.gateway.send.loops import ANOTHER, MOST, Loops
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.providers import spec
from conduit_desktop.records import Provider


def target(name: str, id: str = "t") -> Target:
    provider = Provider(id=name, name=name, kind="openai", base_url="https://api.openai.com/v1")
    return Target(f"{name}-{id}", None, provider, spec("openai"), "real")


OURS, THEIRS = Loops("a" * 32), Loops("b" * 32)


def test_the_way_back_is_named_from_our_own_call_on() -> None:
    first, second = OURS.mark(target("one")), OURS.mark(target("two"))
    assert first != second == OURS.mark(target("two"))
    between = THEIRS.mark(target("three"))
    assert OURS.chain([first]) == ("one/real",)
    assert OURS.chain([b"c.1," + first + b", " + between, second]) == ("one/real", ANOTHER, "two/real")
    assert THEIRS.chain([first, second]) == ()


def test_a_mark_tells_a_provider_nothing() -> None:
    mark = OURS.mark(target("my-secret-project"))
    assert b"secret" not in mark
    assert OURS.mark(target("x")) != Loops("c" * 32).mark(target("x"))


def test_what_is_forgotten_or_made_up_is_still_known_for_ours_and_not_repeated() -> None:
    assert OURS.chain([b"a" * 32 + b".made-up"]) == (ANOTHER,)
    assert OURS.chain([b"a" * 32 + b".<script>"]) == ()
    assert OURS.chain([b""]) == OURS.chain([]) == ()


def test_too_many_gateways_in_a_row_are_a_circle() -> None:
    marks = [b"%d.x" % n for n in range(MOST)]
    assert OURS.chain([b",".join(marks[1:])]) == ()
    assert OURS.chain([b",".join(marks)]) == (ANOTHER,) * MOST
