"""The response cache: the very same request of the same key is answered again as it was before, without a provider.

Off unless a model has ``cache_seconds``, and then for every key that has not ``cache`` off.

**What is the same** (``digest.py``). The digest is over everything that can change an answer: the key (answers are
never shared between keys: what one tool was told is not another's to see) with what narrows its reach, the model with
a mark of its strategy and deployments (another deployment must not be mistaken for this one), endpoint and dialect,
query, headers, and the body byte for byte as the client sent it, but for its content encoding and the boundary of a
form. Nothing inside a body is normalised: a client writes the same request in the same bytes, and no reading of ours
can merge two that differ. Headers that tell of the connection, the credential or the single call do not count
(``digest.SILENT``); any other does, known or not. So does this program's version, whose translation the answer is.

**What is not cached** (``fitting.py``). Requests that continue, or ask for, state at the provider (a previous response,
a conversation, ``store: true``, ``background``, a container, a stored prompt); what is free anyway (counts of tokens);
models reached as ``PROVIDER/MODEL-ID``, which have no settings. Of answers: errors, streams that broke off or told an
error, what was filtered, refused, paused or ended for a reason that is not known, answers of a fallback or of a cheaper
model, and those over 4 MiB. ``cache-control: no-cache`` asks anew and keeps the answer; ``no-store`` does neither;
``max-age`` bounds the age. Answers that OpenAI stores unasked (Responses without ``store``) are cached with their id:
it can be continued and read as before, until somebody deletes it at the provider.

**A hit** (``replaying.py``) has the bytes that were told then, ids inside included; a stream comes with its events all
at once. It takes a place in the key's limits of requests, but no tokens, and no money: it is looked for before the
budget is, so that a key that has spent all still gets what it has paid for. Its row in the log has the usage of the
first answer, no cost, what was saved, and ``Response cache`` for its provider, so that no provider's sums count it.

**Not done.** The same request several times at once goes to the provider as often: holding one back for another's
answer would tie their fates together.

**Where it is.** 32 MiB in memory (``memory.py``), and ``cache.db`` in the home (``store/cache.py``): in clear, as
answers must be given again as they were, readable by its owner alone, until an answer's time is over, room is needed
(``cache_megabytes``; what was not used for longest leaves first) or the cache is emptied. The loop never waits for the
disk to learn of a miss: what is there is known in memory, up to ``cache.MOST_ENTRIES``.
"""
