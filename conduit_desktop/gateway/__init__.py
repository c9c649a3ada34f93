"""The gateway. ``pipeline.py`` is the whole path; the stages stand beside it in the order in which they run:
accept, auth, route, send, tally. They do not know each other; only the pipeline joins them.
"""
