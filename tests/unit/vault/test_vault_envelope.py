"""The encrypted file's format: what goes in comes out, and nothing that was altered comes out at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.vault import envelope

KEY = bytes(range(32))
SALT = bytes(16)
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_seal_and_unseal_are_inverse(secrets: dict[str, str]) -> None:
    assert envelope.unseal(KEY, envelope.seal(KEY, SALT, secrets)) == secrets


@given(st.data())
def test_any_altered_byte_is_refused(data: st.DataObject) -> None:
    whole = bytearray(envelope.seal(KEY, SALT, {"ref": "sk-ant-secret"}))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises((envelope.Refused, envelope.NotAVault)):
        envelope.unseal(KEY, bytes(whole))


@given(st.integers(0, 500), st.binary(max_size=20))
def test_a_cut_or_lengthened_file_is_refused(keep: int, more: bytes) -> None:
    whole = envelope.seal(KEY, SALT, {"ref": "sk-ant-secret"})
    changed = whole[:keep] + more
    if changed == whole:
        return
    with pytest.raises((envelope.Refused, envelope.NotAVault)):
        envelope.unseal(KEY, changed)


@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises((envelope.Refused, envelope.NotAVault)):
        envelope.unseal(KEY, noise)


def test_the_secret_is_not_in_the_file_and_no_two_files_are_alike() -> None:
    one, two = (envelope.seal(KEY, SALT, {"ref": "sk-ant-secret"}) for _ in range(2))
    assert b"sk-ant" not in one
    assert one != two
    assert envelope.read_head(one) != envelope.read_head(two)


def test_a_newer_format_is_named_as_such() -> None:
    whole = envelope.seal(KEY, SALT, {}).replace(b"vault-1", b"vault-2")
    with pytest.raises(envelope.NotAVault, match="newer"):
        envelope.unseal(KEY, whole)


def test_the_key_depends_on_passphrase_and_salt_but_not_on_how_letters_are_composed() -> None:
    key = envelope.derive("caf\u00e9", SALT)
    assert key == envelope.derive("cafe\u0301", SALT)
    assert key != envelope.derive("cafe", SALT)
    assert key != envelope.derive("caf\u00e9", b"1" * 16)
