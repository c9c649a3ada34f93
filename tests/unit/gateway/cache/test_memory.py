"""What was used last stays, within its bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.gateway.cache.memory import Lately

steps = st.lists(st.tuples(st.sampled_from("pgd"), st.integers(0, 9), st.integers(1, 40)), max_size=60)


@given(steps, st.integers(1, 100), st.integers(1, 6))
def test_it_is_what_a_list_ordered_by_use_would_be(acts: list[tuple[str, int, int]], size: int, most: int) -> None:
    lately: Lately[int] = Lately(size, most)
    plain: list[tuple[bytes, int]] = []  # the latest last
    for act, number, taken in acts:
        name = bytes([number])
        have = next((each for each in plain if each[0] == name), None)
        if act == "g":
            assert lately.get(name) == (have[1] if have else None)
            if have:
                plain.remove(have)
                plain.append(have)
        else:
            plain = [each for each in plain if each[0] != name]
            if act == "d":
                lately.pop(name)
                continue
            plain.append((name, taken))
            gone = []
            while plain and (sum(each for _, each in plain) > size or len(plain) > most):
                gone.append(plain.pop(0)[0])
            assert lately.put(name, taken, taken) == gone
        assert len(lately) == len(plain)
        assert lately.bytes == sum(each for _, each in plain) <= size
