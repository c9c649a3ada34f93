"""Every field of what is configured can be said in a file and in the admin API, or is known not to belong there."""

from __future__ import annotations

from dataclasses import fields as fields_of

import pytest

from conduit_desktop.records import Credential, Deployment, Model, Price, Provider, VirtualKey
from conduit_desktop.runtime.admin.schemas import keys, models, prices, providers
from conduit_desktop.runtime.applying import fields, values

NOT_SAID = {
    VirtualKey: {"id", "name", "digest", "last4", "secret_ref", "created", "old_digest", "old_until"}
    | {"reset_at", "reset_spent"},
    Model: {"id", "alias", "created", "deployments"},
    Deployment: {"id", "model_id"},
    Provider: {"id", "name", "secret_ref", "secret_last4", "created", "updated"},
    Credential: {"id", "provider_id", "secret_ref", "last4", "created"},
    Price: {"source"},
}
"""Names stand before the fields; the rest is the app's own affair."""


def said(record: type) -> set[str]:
    return {each.name for each in fields_of(record)} - NOT_SAID[record]


@pytest.mark.parametrize(
    ("record", "rows"),
    [
        (VirtualKey, fields.KEY),
        (Model, fields.MODEL),
        (Deployment, fields.DEPLOYMENT),
        (Credential, fields.CREDENTIAL),
    ],
)
def test_files_know_every_field_and_its_default(record: type, rows: tuple[fields.Field, ...]) -> None:
    assert {row.attribute or row.name for row in rows} == said(record)
    defaults = {each.name: each.default for each in fields_of(record)}
    for row in rows:
        if row.name not in ("provider", "model", "name"):  # which have to be given
            assert row.default == defaults[row.attribute or row.name], row.name


def test_files_know_every_part_of_a_price() -> None:
    assert {*values.PARTS, "tiers", "services", "hours"} == said(Price)


def test_the_admin_api_takes_and_tells_what_files_say() -> None:
    key = {row.name for row in fields.KEY}
    assert set(keys.KeyChange.model_fields) == key | {"name"}
    assert set(keys.KeyNew.model_fields) == key | {"name", "keep_text"}
    assert key <= set(keys.KeyTold.model_fields)
    model = {row.name for row in fields.MODEL}
    assert set(models.ModelNew.model_fields) == set(models.ModelChange.model_fields) == model | {"alias", "deployments"}
    assert model <= set(models.ModelTold.model_fields)
    deployment = {row.name for row in fields.DEPLOYMENT}
    assert set(models.DeploymentNew.model_fields) == set(models.DeploymentChange.model_fields) == deployment
    assert deployment <= set(models.DeploymentTold.model_fields)
    price = {*values.PARTS, "tiers", "services", "hours"}
    assert set(prices.PriceAsked.model_fields) == price
    assert set(prices.PriceTold.model_fields) == price | {"source"}
    assert said(Provider) - {"credentials"} <= set(providers.ProviderChange.model_fields) | {"kind"}
    credential = {row.name for row in fields.CREDENTIAL}
    assert set(providers.CredentialNew.model_fields) == set(providers.CredentialChange.model_fields)
    assert set(providers.CredentialChange.model_fields) == credential | {"api_key"}
    assert credential <= set(providers.CredentialTold.model_fields)
