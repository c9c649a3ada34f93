"""``doctor``: what is wrong with this home, and what to do about it; exit code 1 when something is."""

from __future__ import annotations

import argparse
import asyncio
import sys

from conduit_desktop import logs
from conduit_desktop.cli import asking
from conduit_desktop.cli.output import json_line, paint, plain
from conduit_desktop.cli.session import Session
from conduit_desktop.runtime.doctor import Finding, examine

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def run(arguments: argparse.Namespace, session: Session) -> int:
    if session.home.vault.exists():
        asking.open_vault(session, needed=False)
    findings = asyncio.run(_examine(session, arguments.json))
    failed = sum(finding.verdict == "fail" for finding in findings)
    warned = sum(finding.verdict == "warn" for finding in findings)
    if not arguments.json:
        print(f"\n{failed} failed, {warned} to look at, {len(findings) - failed - warned} well.")
    return 1 if failed else 0


async def _examine(session: Session, as_json: bool) -> list[Finding]:
    findings = []
    async for finding in examine(session.home, session.vault):
        findings.append(finding)
        (_show_json if as_json else _show)(finding)
    return findings


def _show_json(finding: Finding) -> None:
    json_line(
        {
            "subject": finding.subject,
            "verdict": finding.verdict,
            "text": logs.redact(finding.text),
            "hint": logs.redact(finding.hint),
            "cause": finding.cause,
        }
    )


def _show(finding: Finding) -> None:
    verdict = paint(f"{finding.verdict:<4}", _COLOURS[finding.verdict])
    cause = f" ({finding.cause})" if finding.cause not in ("", "ok") else ""
    print(f"{verdict}  {plain(f'{finding.subject}: {logs.redact(finding.text)}{cause}')}")
    if finding.hint:
        print(f"      {paint(plain(logs.redact(finding.hint)), 'dim')}")
    sys.stdout.flush()
