"""Markdown that arrives in pieces comes to the same blocks, however it was cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.ui.panes.chat_blocks import Block, BlockStream, blocks_of, parse, plain

ANSWER = """# Title

Some *words* and `code`.
More words.

```python
def f():

    return 1
```
- one

  still one
- two
    - inner

| a | b |
|---|---|
| 1 | 2 |

> quoted
lazy

---
<b>raw</b>
"""

TABLE = ["| a | b |", "|---|---|"]
lines = st.sampled_from(
    [
        "",
        "foo",
        "# h",
        "#",
        "- a",
        "-",
        "--",
        "---",
        "1. b",
        "  c",
        "    d",
        "```",
        "```py",
        "~~~",
        "> q",
        "===",
        "<b>x</b>",
        "[r]: http://x",
        "[r]",
        "* * *",
        "\t- t",
        "**b",
        "`c",
        "1)",
        "\r",
        "\x0b",
        "\x00",
    ]
)
markdown = st.lists(
    st.tuples(lines | st.sampled_from(TABLE), st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", " "])), max_size=24
).map(lambda parts: "".join(line + end for line, end in parts))


def streamed(text: str, cuts: list[int]) -> list[Block]:
    stream, found = BlockStream(), []
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    for start, end in pairwise(edges):
        stream.feed(text[start:end])
        found += stream.take()
        stream.open()
    assert stream.text == text
    return found + stream.end()


@given(markdown, st.lists(st.integers(0, 10_000), max_size=30))
def test_any_markdown_in_any_pieces_gives_the_same_blocks(text: str, cuts: list[int]) -> None:
    assert streamed(text, cuts) == blocks_of(text)


@given(st.text(max_size=200), st.lists(st.integers(0, 10_000), max_size=20))
def test_any_text_in_any_pieces_gives_the_same_blocks(text: str, cuts: list[int]) -> None:
    assert streamed(text, cuts) == blocks_of(text)


@given(markdown)
def test_block_by_block_is_what_the_whole_text_is(text: str) -> None:
    whole = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    assert blocks_of(text) == parse(whole)


def test_every_character_by_itself() -> None:
    assert streamed(ANSWER, list(range(len(ANSWER)))) == blocks_of(ANSWER)
    kinds = [block.kind for block in blocks_of(ANSWER)]
    assert kinds == [
        "heading_open",
        "paragraph_open",
        "fence",
        "bullet_list_open",
        "table_open",
        "blockquote_open",
        "hr",
        "paragraph_open",
    ]


def test_a_finished_block_is_given_once_and_only_the_rest_stays_open() -> None:
    stream = BlockStream()
    stream.feed("# One\n\nTwo")
    assert stream.take() == []
    assert [block.source for block in stream.open()] == ["# One\n\n", "Two"]
    stream.feed(" and more\n")
    assert [block.source for block in stream.take()] == ["# One\n\n"]
    assert stream.take() == []
    assert [block.source for block in stream.end()] == ["Two and more\n"]


def test_raw_html_and_images_are_words() -> None:
    assert plain(blocks_of("<script>x</script>\n\n![cat](https://example.com/c.png)")) == "<script>x</script>\ncat"


def test_plain_words_of_code_and_tables() -> None:
    assert plain(blocks_of("| a |\n|---|\n| **1** |\n\n```\nx = 1\n```\n")) == "a\n1\nx = 1"
