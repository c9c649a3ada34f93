"""The admin API: everything the window can do, over HTTP below ``/admin/v1``, for whoever has the master key.

``entry.py`` is what the gateway calls: who may come in, and the way to the FastAPI application, which is imported on
the first request that gets so far. It lives above the gateway, beside the window, because it needs the same verbs.
"""
