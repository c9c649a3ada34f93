"""Tally: what an exchange used and cost, and its row in the log. Never seen by the client."""
