"""Adding a model source in one click: the Demo model, a local server that runs, a key from the environment."""

from __future__ import annotations

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.providers.demo import CHAT_MODEL, DEMO
from conduit_desktop.runtime.configuring import Found
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.panes.providers_found import Find, finds
from conduit_desktop.ui.panes.providers_words import alias_for, free_name

_NO_CHAT = ("embed", "rerank", "whisper", "tts", "bge-", "nomic-")


async def look(service: GatewayService) -> list[Find]:
    """What could be added with one click."""
    configuring = service.configuring
    servers = await configuring.detect_local()
    vault = await service.vault_state()
    keys = configuring.environment_keys() if vault.ready else []
    return finds(servers, keys, await configuring.providers(), vault.name)


async def add_demo(service: GatewayService) -> str:
    """Add the Demo provider and its model, as far as they are not there. Says what was done."""
    configuring = service.configuring
    providers = await configuring.providers()
    demo = next((each for each in providers if each.kind == DEMO.kind), None)
    if demo is None:
        demo = await configuring.add_provider(free_name(DEMO.kind, {each.name for each in providers}), DEMO.kind)
    aliases = {model.alias for model in await configuring.models()}
    if CHAT_MODEL not in aliases:
        await configuring.add_deployment(CHAT_MODEL, demo.id, CHAT_MODEL)
    return f"The model {CHAT_MODEL} is ready: chat with it, or give it to a tool."


async def add_find(service: GatewayService, find: Find) -> str:
    """Add what was found; a local server's first chat model is mapped too, so that it can be used at once, and a key is
    tested, as one that is typed. Raises ConfigurationError where the test fails."""
    if find.found is None:
        provider = await service.configuring.add_from_environment(find.variable)
        tested = await service.configuring.test_provider(provider.id)
        if not tested.ok:
            raise ConfigurationError(
                f"{provider.name} is added, but its test failed: {tested.message}", hint=tested.hint
            )
        return f"{provider.name} is added, and takes the key. Name one of its models next."
    return await _add_server(service, find.found)


async def _add_server(service: GatewayService, found: Found) -> str:
    configuring = service.configuring
    taken = {each.name for each in await configuring.providers()}
    provider = await configuring.add_provider(free_name(found.preset, taken), found.kind, base_url=found.base_url)
    chat = next((name for name in found.models if not any(part in name.lower() for part in _NO_CHAT)), "")
    aliases = {model.alias for model in await configuring.models()}
    if not chat or aliases:
        return f"{found.title} is added. Name one of its models next."
    alias = alias_for(chat)
    await configuring.add_deployment(alias, provider.id, chat)
    return f"{found.title} is added, and tools can ask for {alias}."
