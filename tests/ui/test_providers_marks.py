"""What stands for a kind without a mark of its own, and key files in the field for keys."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest

from conduit_desktop.providers import PROVIDERS
from conduit_desktop.providers.spec import clean_secret
from conduit_desktop.ui import icons
from conduit_desktop.ui.panes.providers_picker import OfferPicker
from conduit_desktop.ui.panes.providers_words import monogram, offers
from conduit_desktop.ui.widgets.copying import SecretEdit

pytestmark = pytest.mark.usefixtures("app")
KEY_FILE = {"type": "service_account", "project_id": "p", "private_key": "-----BEGIN-----\nabc\n-----END-----\n"}


@pytest.mark.parametrize(
    ("title", "letters"),
    [
        ("Anthropic", "An"),
        ("Google Gemini", "GG"),
        ("Google Vertex AI", "GV"),
        ("Azure OpenAI", "AO"),
        ("Mistral AI", "Mi"),
        ("Moonshot AI", "Mo"),
        ("Hugging Face", "HF"),
        ("DeepSeek", "DS"),
        ("xAI", "XA"),
        ("Z.ai", "ZA"),
        ("", "?"),
    ],
)
def test_letters_of_a_title(title: str, letters: str) -> None:
    assert monogram(title) == letters


def test_every_offer_has_a_mark_that_can_be_drawn_and_most_are_told_apart() -> None:
    marks = [offer.mark for offer in offers()]
    assert "provider" not in marks
    assert len(set(marks)) >= len(marks) - 2
    for mark in marks:
        image = icons.pixmap(mark, QColor("#3355ff"), 18).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(18) for y in range(18)), mark


def test_the_picker_offers_every_kind_and_finds_it_by_other_names() -> None:
    picker = OfferPicker()
    assert {card.offer.spec.kind for card in picker.cards.values()} == {row.kind for row in PROVIDERS}
    for typed, kind in (("kimi", "moonshot"), ("grok", "xai"), ("aws", "bedrock"), ("gcp", "vertex")):
        picker.narrow(typed)
        assert kind in {card.offer.spec.kind for card in picker.cards.values() if not card.isHidden()}


@pytest.mark.parametrize("breaks", ["\n", "\r\n"])
def test_a_key_file_of_many_lines_is_pasted_whole(breaks: str) -> None:
    entry = SecretEdit("API key")
    QGuiApplication.clipboard().setText(json.dumps(KEY_FILE, indent=2).replace("\n", breaks) + breaks)
    entry.show()
    QTest.keyClick(entry.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert json.loads(clean_secret(entry.text)) == KEY_FILE
    entry.clear()
    entry._paste()
    assert json.loads(clean_secret(entry.text)) == KEY_FILE
