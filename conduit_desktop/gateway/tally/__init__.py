"""Tally: what a request used and cost, and its one row in the log; on every way out, hang-ups included."""
