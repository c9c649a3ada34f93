"""Providers: accounts that requests are sent to."""

from __future__ import annotations

from fastapi import APIRouter

from conduit_desktop.providers import PROVIDERS
from conduit_desktop.runtime import credentials, providers
from conduit_desktop.runtime.admin.routes.base import CredentialRef, DoorOf, Ref, credential_of, provider_of
from conduit_desktop.runtime.admin.schemas.base import Done, Everything
from conduit_desktop.runtime.admin.schemas.providers import (
    CredentialChange,
    CredentialNew,
    CredentialTold,
    EnvironmentTaken,
    EnvironmentTold,
    KindTold,
    LocalTold,
    ModelId,
    ProviderChange,
    ProviderNew,
    ProviderTold,
    TestAsked,
    TestTold,
)

router = APIRouter(tags=["Providers"])


@router.get("/provider-kinds")
async def list_provider_kinds() -> Everything[KindTold]:
    """What the app knows of vendors: their addresses, and whether they want a key."""
    return Everything(data=[KindTold.of(known) for known in PROVIDERS])


@router.get("/providers")
async def list_providers(door: DoorOf) -> Everything[ProviderTold]:
    return Everything(data=[ProviderTold.of(each) for each in await door.configuring.providers()])


@router.post("/providers", status_code=201)
async def create_provider(door: DoorOf, body: ProviderNew) -> ProviderTold:
    """Add an account. Its API key goes to the vault."""
    made = await door.configuring.add_provider(body.name, body.kind, base_url=body.base_url or "", secret=body.api_key)
    if not body.enabled:
        made = await door.configuring.edit_provider(made.id, enabled=False)
    return ProviderTold.of(made)


@router.get("/providers/{provider}")
async def get_provider(door: DoorOf, provider: Ref) -> ProviderTold:
    return ProviderTold.of(await provider_of(door, provider))


@router.patch("/providers/{provider}")
async def change_provider(door: DoorOf, provider: Ref, body: ProviderChange) -> ProviderTold:
    """Change what is given. An address on another server needs the API key for it in the same request."""
    there = await provider_of(door, provider)
    given = body.given()
    if "api_key" in given and given["api_key"] is None:
        there = await door.change(providers.forget_secret, door.store, door.vault, there.id)
    if "base_url" in given:
        given["base_url"] = given["base_url"] or ""
    given["secret"] = given.pop("api_key", None)
    return ProviderTold.of(await door.configuring.edit_provider(there.id, **given))


@router.delete("/providers/{provider}")
async def delete_provider(door: DoorOf, provider: Ref) -> Done:
    """Remove an account, its deployments and its API key."""
    await door.configuring.remove_provider((await provider_of(door, provider)).id)
    return Done()


@router.post("/providers/{provider}/test")
async def ask_provider(door: DoorOf, provider: Ref, body: TestAsked | None = None) -> TestTold:
    """Ask the provider whether it answers and takes its key. A failure is an answer, not an error."""
    there = await provider_of(door, provider)
    return TestTold.of(await door.configuring.test_provider(there.id, body.model if body else None))


@router.get("/providers/{provider}/models")
async def list_provider_models(door: DoorOf, provider: Ref) -> Everything[ModelId]:
    """The provider's own list of its models, asked now."""
    there = await provider_of(door, provider)
    return Everything(data=[ModelId(id=name) for name in await door.configuring.provider_models(there.id)])


@router.get("/providers/{provider}/credentials")
async def list_credentials(door: DoorOf, provider: Ref) -> Everything[CredentialTold]:
    """Its further keys, which are used in turn with its own."""
    there = await provider_of(door, provider)
    return Everything(data=[CredentialTold.of(each) for each in there.credentials])


@router.post("/providers/{provider}/credentials", status_code=201)
async def create_credential(door: DoorOf, provider: Ref, body: CredentialNew) -> CredentialTold:
    """One more key. Its text goes to the vault."""
    there = await provider_of(door, provider)
    made = await door.configuring.add_credential(there.id, body.name, body.api_key)
    new = next(each for each in made.credentials if each.name == body.name)
    if not body.enabled:
        made = await door.configuring.edit_credential(there.id, new.id, enabled=False)
    return CredentialTold.of(credentials.one(made, new.id))


@router.patch("/providers/{provider}/credentials/{credential}")
async def change_credential(
    door: DoorOf, provider: Ref, credential: CredentialRef, body: CredentialChange
) -> ProviderTold:
    """Change what is given of one key; the others stay as they are."""
    there = await provider_of(door, provider)
    given = body.given()
    if "api_key" in given:
        given["secret"] = given.pop("api_key")
    changed = await door.configuring.edit_credential(there.id, credential_of(there, credential), **given)
    return ProviderTold.of(changed)


@router.delete("/providers/{provider}/credentials/{credential}")
async def delete_credential(door: DoorOf, provider: Ref, credential: CredentialRef) -> ProviderTold:
    """Remove one key and its text. Where it is the provider's own, the next that is on takes its place."""
    there = await provider_of(door, provider)
    return ProviderTold.of(await door.configuring.remove_credential(there.id, credential_of(there, credential)))


@router.post("/providers/{provider}/credentials/{credential}/test")
async def ask_credential(door: DoorOf, provider: Ref, credential: CredentialRef) -> TestTold:
    """Ask the provider whether it takes this key. A failure is an answer, not an error."""
    there = await provider_of(door, provider)
    return TestTold.of(await door.configuring.test_credential(there.id, credential_of(there, credential)))


@router.get("/local-servers")
async def list_local_servers(door: DoorOf) -> Everything[LocalTold]:
    """The model servers that run on this machine, looked for now."""
    return Everything(data=[LocalTold.of(found) for found in await door.configuring.detect_local()])


@router.get("/environment-keys")
async def list_environment_keys(door: DoorOf) -> Everything[EnvironmentTold]:
    """Providers' API keys that lie in the gateway's environment; only their last characters are told."""
    return Everything(data=[EnvironmentTold.of(key) for key in door.configuring.environment_keys()])


@router.post("/environment-keys", status_code=201)
async def take_environment_key(door: DoorOf, body: EnvironmentTaken) -> ProviderTold:
    """Take one of them over as a new provider."""
    return ProviderTold.of(await door.configuring.add_from_environment(body.variable))
