"""Writing the configuration's TOML text: anew, or by bringing an earlier one up to date, which keeps
its comments and its order.

Imported when a file is written: tomlkit takes its time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table
from tomlkit.toml_document import TOMLDocument

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.runtime.applying import reading, toml, values
from conduit_desktop.runtime.applying.document import Document, of_wanted
from conduit_desktop.runtime.applying.fields import Plain
from conduit_desktop.runtime.applying.reading import SECTIONS, VERSION

_HEAD = (
    "Conduit Desktop's configuration, without secrets. Put it in force with: conduit-desktop apply FILE.toml",
    "Amounts are US dollars, prices US dollars a million tokens. What an entry leaves out is at its default.",
)
_TIMES = ("expires",)
_ROWS = ("deployments", "credentials")
_UNSPACED = re.compile(r"(?m)^((?!#)[^\n]+)\n(?=(\[[^\n]*))")
"""The line before a table that no empty line sets off."""


def write(document: Document, before: str | None = None) -> str:
    """The text of ``document``: ``before`` brought up to date where that goes, else a new one."""
    if before is not None and before.strip():
        out = toml.parse(before)
        try:
            text = _spaced(_written(document, out, of_wanted(reading.read(before))), before)
            if of_wanted(reading.read(text)) == document:
                return text
        except (TOMLKitError, ConfigurationError, ValueError, TypeError, KeyError):
            pass  # an unusual layout, or a file of another version: better a plain text than a wrong one
    return _spaced(_written(document, _new(), Document()), "")


def _spaced(text: str, before: str) -> str:
    """With an empty line before each table, where one was taken out or put in."""
    return _UNSPACED.sub(lambda pair: pair[1] + ("\n" if f"{pair[1]}\n{pair[2]}" in before else "\n\n"), text)


def _written(document: Document, out: TOMLDocument, said: Document) -> str:
    if "version" not in out:
        out["version"] = VERSION
    if document.settings != said.settings:
        _settle(out, "settings", document.settings)
    for name in SECTIONS:
        _write_section(out, name, document.section(name), said.section(name))
    text = tomlkit.dumps(out)
    return text if text.endswith("\n") else text + "\n"


def _write_section(out: TOMLDocument, name: str, entries: dict[str, Plain], said: dict[str, Plain]) -> None:
    table = out.get(name)
    if not isinstance(table, Table):
        if not entries:
            return
        out[name] = tomlkit.table(is_super_table=True)
        table = out[name]
    for entry in [each for each in table if each not in entries]:
        table.remove(entry)
    for entry in sorted(entries):
        if said.get(entry) != entries[entry]:
            _settle(table, entry, entries[entry], keep=("api_key_env",) if name == "providers" else ())
    if not table:
        out.remove(name)


def _new() -> TOMLDocument:
    out = tomlkit.document()
    for line in _HEAD:
        out.add(tomlkit.comment(line))
    out.add(tomlkit.nl())
    out["version"] = VERSION
    return out


def _settle(parent: TOMLDocument | Table, name: str, wanted: Plain, keep: tuple[str, ...] = ()) -> None:
    """Make the table ``name`` say ``wanted``, touching what says something else only."""
    table = parent.get(name)
    if name == "settings" and not wanted:
        if table is not None:
            parent.remove(name)
        return
    if not isinstance(table, Table):
        table = tomlkit.table()
        parent[name] = table
        table = parent[name]
    for field_name in [each for each in table if each not in wanted and each not in keep]:
        table.remove(field_name)
    for field_name, value in wanted.items():
        there = table.get(field_name)
        if field_name == "credentials":
            value = _with_variables(value, there)
        if there is None or _unwrapped(there) != value:
            table[field_name] = _item(field_name, value)


def _with_variables(rows: list[Plain], there: Any) -> list[Plain]:
    """Further keys, with the variables that the text takes them from."""
    told = _unwrapped(there) if there is not None else ()
    variables = {row.get("name"): {"api_key_env": row["api_key_env"]} for row in told if "api_key_env" in row}
    return [row | variables.get(row["name"], {}) for row in rows]


def _unwrapped(item: Any) -> Any:
    value = item.unwrap() if hasattr(item, "unwrap") else item
    return values.moment_text(value.timestamp()) if isinstance(value, datetime) else value


def _item(name: str, value: Any) -> Any:
    """A value as TOML writes it best: times as times, deployments and keys as tables of their own, prices within one
    line."""
    if name in _TIMES and isinstance(value, str):
        return tomlkit.item(datetime.fromisoformat(value.replace("Z", "+00:00")))
    if name in _ROWS:
        rows: AoT = tomlkit.aot()
        for row in value:
            table = tomlkit.table()
            for part, given in row.items():
                table.add(part, _inline(given))
            rows.append(table)
        return rows
    return _inline(value)


def _inline(value: Any) -> Any:
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for name, part in value.items():
            table.append(name, _inline(part))
        return table
    if isinstance(value, list):
        found = tomlkit.array()
        for each in value:
            found.append(_inline(each))
        return found
    return tomlkit.item(value)
