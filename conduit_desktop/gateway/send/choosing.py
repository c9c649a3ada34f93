"""Which of a provider's APIs serves a job, and how to speak there."""

from __future__ import annotations

from conduit_desktop.errors import NoRoute
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.passing import Passing
from conduit_desktop.gateway.send.recall import Recall
from conduit_desktop.gateway.send.speech import Speech
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.providers.spec import Surface


def surface_of(target: Target, job: Job) -> Surface:
    """The API of ``target`` to use for ``job``. Raises NoRoute where it has none."""
    spoken = job.endpoint.dialect
    found = target.surface(job.operation, spoken)
    if found is not None and found.dialect == spoken:
        return found
    if found is None or not job.translatable:
        raise NoRoute(
            f"{target.provider.name!r} has no API for {job.endpoint.name}.",
            hint="Choose a model of a provider that has it.",
            status=503,
            code="no_deployment",
            param="model",
        )
    if any(each.thinks for each in target.spec.surfaces) and job.thinking:
        return target.surface(job.operation, spoken, thinking=True) or found
    return found


def speech_for(job: Job, target: Target, recall: Recall, key_id: str) -> Speech:
    """How to speak with ``target`` for the key. Translating is loaded when it is first needed."""
    surface = surface_of(target, job)
    if surface.dialect == job.endpoint.dialect and not (job.operation == "chat" and job.carries):
        return Passing(job, target, surface)
    if job.operation != "chat":
        from conduit_desktop.gateway.send.converting import Converting

        return Converting(job, target, surface)
    from conduit_desktop.gateway.send.translating import Translating

    return Translating(job, target, surface, recall.of(key_id, target.provider.id))
