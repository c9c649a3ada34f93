"""Nothing secret in a log: what is masked, what is left alone, and that handlers and hooks mask all they write."""

import json
import logging
import os
import stat
import string
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop import logs
from conduit_desktop.logs import MASK, redact, redact_headers
from conduit_desktop.paths import Home

TOKEN = st.text(string.ascii_letters + string.digits, min_size=24, max_size=60)
PREFIXES = ["sk-", "sk-ant-api03-", "sk-proj-", "sk-or-v1-", "sk-conduit-", "gsk_", "xai-", "fw_", "hf_", "AIza"]
AROUND = st.text(st.characters(exclude_categories=["Cs", "L", "N"], exclude_characters="_-"), max_size=12)
NAMED = [
    "authorization: {}",
    "Authorization: Bearer {}",
    "X-Api-Key: {}",
    "x-goog-api-key={}",
    "{{'x-api-key': '{}'}}",
    "{{'Authorization': 'Bearer {}'}}",
    '{{"api_key": "{}", "n": 1}}',
    '"{{\\"apiKey\\": \\"{}\\"}}"',
    "[(b'x-api-key', b'{}')]",
    "('authorization', 'Bearer {}')",
    "OPENAI_API_KEY={} python app.py",
    "Cookie: session={}; theme=dark",
    "got Bearer {} from the client",
    "GET /v1beta/models?key={}&alt=sse",
    "GET /v1beta/models?alt=sse&key={} 200",
    "http://user:{}@localhost:1234/v1",
    "password={}",
    "CONDUIT_VAULT_PASSPHRASE={}",
]


@pytest.fixture
def remembered() -> Iterator[list[str]]:
    """Secrets put in here are forgotten again."""
    known: list[str] = []
    yield known
    for secret in known:
        logs.forget(secret)


# ---------------------------------------------------------------- what looks like a secret


@given(AROUND, st.sampled_from(PREFIXES), TOKEN, AROUND)
def test_what_looks_like_a_key_is_masked_anywhere(before: str, prefix: str, token: str, after: str) -> None:
    assert token not in redact(f"{before}{prefix}{token}{after}")


@given(st.sampled_from(PREFIXES), st.text(string.ascii_letters, min_size=23), st.sampled_from(["\n", "\t", "\r"]))
def test_an_escape_before_a_key_does_not_hide_it(prefix: str, token: str, space: str) -> None:
    token += "1"
    assert token not in redact(repr(f"{space}{prefix}{token}"))
    assert token not in redact(json.dumps({"text": f"{space}{prefix}{token}"}))
    assert token not in redact(quote(f" {prefix}{token}"))


@pytest.mark.parametrize("form", NAMED)
@given(token=TOKEN)
def test_what_is_called_a_secret_is_masked_whatever_it_looks_like(form: str, token: str) -> None:
    masked = redact(form.format(token))
    assert token not in masked
    assert MASK in masked


@given(st.text())
def test_masking_is_total_and_done_once(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@pytest.mark.parametrize("form", NAMED)
def test_masking_a_masked_text_changes_nothing(form: str) -> None:
    once = redact(form.format("abcdefgh12345678"))
    assert redact(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "Request 7f3a served by openai/gpt-4o in 0.31 s",
        "task-list-something and disk-usage and risk-averse",
        "key=editor model=fast status=200 tokens=512",
        '{"max_tokens": 512, "secret_ref": "0b7e", "key_name": "editor", "stop_token": null, "api_key": null}',
        "x-ratelimit-remaining-tokens: 10",
        "File /usr/lib/python3/site-packages/hf_hub_download_tools.py, line 3, in fw_update",
        "http://127.0.0.1:7878/v1/chat/completions?beta=true",
        "basic authentication and bearer tokens are supported",
        "the keyring is locked; the cookie jar is empty",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


def test_json_stays_json() -> None:
    body = {"api_key": 'with "quotes" and \\', "password": None, "n": [1, {"access_token": "x y z"}], "model": "m"}
    masked = json.loads(redact(json.dumps(body)))
    assert masked == {"api_key": MASK, "password": None, "n": [1, {"access_token": MASK}], "model": "m"}


# ---------------------------------------------------------------- what is known to be one


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=logs.SHORTEST_SECRET), st.text(max_size=10))
def test_a_remembered_secret_is_masked_in_every_spelling(secret: str, around: str) -> None:
    text = f"{around} {secret} {around}"
    logs.remember_secret(secret)
    try:
        for spelled in (text, repr(text), json.dumps(text), json.dumps(text, ensure_ascii=False), quote(secret)):
            assert MASK in redact(spelled)
        assert redact(secret) == MASK
        assert redact(quote(secret, safe="")) == MASK
    finally:
        logs.forget(secret)
    assert secret not in logs._remembered


def test_it_is_remembered_until_everybody_forgot_it() -> None:
    logs.remember_secret("lm-studio-word")
    logs.remember_secret("lm-studio-word")
    logs.forget("lm-studio-word")
    assert redact("lm-studio-word") == MASK
    logs.forget("lm-studio-word")
    logs.forget("lm-studio-word")
    assert redact("lm-studio-word") == "lm-studio-word"


def test_the_longer_of_two_secrets_is_masked_whole(remembered: list[str]) -> None:
    for secret in ("abcdefgh", "abcdefghijkl"):
        logs.remember_secret(secret)
        remembered.append(secret)
    assert redact("abcdefghijkl abcdefgh") == f"{MASK} {MASK}"


def test_a_short_text_would_mask_ordinary_words_and_is_not_remembered() -> None:
    logs.remember_secret("ollama")
    assert redact("the ollama server") == "the ollama server"


# ---------------------------------------------------------------- headers


def test_secret_headers_are_masked_and_the_others_kept() -> None:
    pairs = [
        ("Authorization", "Bearer abc def"),
        ("authorization", "odd"),
        ("X-API-Key", "abc"),
        ("x-goog-api-key", "abc"),
        ("api-key", "abc"),
        ("Ocp-Apim-Subscription-Key", "abc"),
        ("Cookie", "a=1"),
        ("Set-Cookie", "a=1"),
        ("x-auth-token", "abc"),
        ("x-ratelimit-remaining-tokens", "10"),
        ("content-type", "application/json"),
        ("referer", "http://localhost/?key=abc"),
    ]
    assert redact_headers(iter(pairs)) == (
        ("Authorization", f"Bearer {MASK}"),
        *((name, MASK) for name, _ in pairs[1:9]),
        ("x-ratelimit-remaining-tokens", "10"),
        ("content-type", "application/json"),
        ("referer", f"http://localhost/?key={MASK}"),
    )


# ---------------------------------------------------------------- handlers


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """Logging is put back as it was."""
    root = logging.getLogger()
    level, hooks = root.level, (sys.excepthook, threading.excepthook)
    yield Home(tmp_path / "home")
    logs.set_up(None)
    for handler in list(logs._handlers):
        root.removeHandler(handler)
    logs._handlers.clear()
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks


def written(home: Home) -> str:
    return (home.logs / logs.FILE_NAME).read_text("utf-8")


@pytest.mark.logs_errors
def test_message_arguments_and_traceback_are_masked(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(home)
    key = "sk-ant-0123456789abcdef"
    log = logging.getLogger("conduit_desktop.test")
    log.info("key %s of %r", key, {"x-api-key": "short"})
    log.warning("key " + key)
    try:
        raise RuntimeError(f"refused: Bearer {key}")
    except RuntimeError:
        log.exception("failed with %s", key, stack_info=True)
    for text in (written(home), capsys.readouterr().err):
        assert "0123456789abcdef" not in text
        assert "short" not in text
        assert "RuntimeError: refused: Bearer ***" in text
        assert "INFO conduit_desktop.test: key *** of {'x-api-key': '***'}" in text.replace(
            f" {os.getpid()} MainThread", ""
        )


def test_without_a_home_there_is_no_file(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(None, "WARNING")
    logging.getLogger("conduit_desktop").info("quiet")
    logging.getLogger("conduit_desktop").warning("loud")
    assert capsys.readouterr().err == "WARNING conduit_desktop: loud\n"
    assert not home.folder.exists()


def test_setting_up_again_replaces(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    others = list(logging.getLogger().handlers)
    logs.set_up(home)
    logs.set_up(home)
    logging.getLogger("conduit_desktop").info("once")
    assert written(home).count("once") == 1
    assert [one for one in logging.getLogger().handlers if one not in logs._handlers] == others


@pytest.mark.skipif(os.name != "posix", reason="rights are of another kind")
def test_only_the_owner_may_read_the_file(home: Home) -> None:
    logs.set_up(home)
    logging.getLogger("conduit_desktop").info("hello")
    assert stat.S_IMODE(home.logs.stat().st_mode) == 0o700
    assert stat.S_IMODE((home.logs / logs.FILE_NAME).stat().st_mode) == 0o600


def test_the_file_rotates(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_FILE_BYTES", 400)
    logs.set_up(home)
    for number in range(40):
        logging.getLogger("conduit_desktop").info("line %d", number)
    names = sorted(path.name for path in home.logs.iterdir())
    assert names == [logs.FILE_NAME, *(f"{logs.FILE_NAME}.{number}" for number in range(1, 5))]
    assert "line 39" in written(home)


def test_a_record_that_does_not_fit_is_reported_without_its_arguments(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(None)
    record = logging.LogRecord("x", logging.INFO, "some/file.py", 7, "%d", ("sk-ant-0123456789abcdef",), None)
    for handler in logs._handlers:
        handler.handle(record)
    err = capsys.readouterr().err
    assert "some/file.py:7" in err
    assert "0123456789abcdef" not in err


@pytest.mark.logs_errors
def test_uncaught_exceptions_are_masked(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(home)
    logs.guard_crashes()
    key = "sk-ant-0123456789abcdef"
    error = RuntimeError(f"crashed with {key}")
    sys.excepthook(RuntimeError, error, None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

    def fail() -> None:
        raise RuntimeError(f"thread crashed with {key}")

    thread = threading.Thread(target=fail, name="worker")
    thread.start()
    thread.join()
    text = capsys.readouterr().err
    assert "0123456789abcdef" not in text + written(home)
    assert "RuntimeError: crashed with ***" in text
    assert "Thread worker failed" in text
    assert "RuntimeError: thread crashed with ***" in text
    assert "KeyboardInterrupt" not in text


def test_importing_it_brings_nothing_heavy() -> None:
    program = "import conduit_desktop.logs, sys; print(sorted(sys.modules))"
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    for name in ("socket", "logging.handlers", "asyncio", "platformdirs"):
        assert repr(name) not in out.stdout
