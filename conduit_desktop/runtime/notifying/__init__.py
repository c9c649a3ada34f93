"""Notifications: what is worth telling, how it is kept, who gets it, and what can be done about it.

``Notices`` makes them, in ``serve`` as under the window; ``Notifying`` holds the verbs. An exchange, a budget or the
clock (``watching``, ``keys_told``, ``clock``, ``summary``) give tellings; ``teller`` writes, ``webhook`` sends them.
"""
