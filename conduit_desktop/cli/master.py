"""``master-key``: what opens the admin API. Its text goes to standard output alone, when it is made or asked for."""

from __future__ import annotations

import argparse

from conduit_desktop.cli import asking
from conduit_desktop.cli.output import day, say
from conduit_desktop.cli.session import Session
from conduit_desktop.runtime import master


def run(arguments: argparse.Namespace, session: Session) -> int:
    there = master.state(session.store)
    if arguments.reveal:
        if there.kept:
            asking.open_vault(session, needed=True)
        print(master.reveal(session.store, session.vault), flush=True)
        return 0
    if there.exists and not arguments.rotate:
        say(f"There is a master key, ending in {there.last4}, made {day(there.created)}.")
        say("See it with --reveal." if there.kept else "Its text was not kept.")
        say("A new one takes its place with --rotate.")
        return 0
    asking.open_vault(session, needed=False)
    text = master.new(session.store, session.vault)
    say("The old master key does not work any more." if there.exists else "Master key made.")
    if master.state(session.store).kept:
        say("It opens the admin API (/admin/v1 of a running gateway). See it again with --reveal:")
    else:
        say("It opens the admin API (/admin/v1 of a running gateway). The vault is not ready: it is shown only now:")
    print(text, flush=True)
    return 0
