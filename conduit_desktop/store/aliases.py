"""Models, the names clients ask for, with the deployments that serve them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict

from peewee import Select

from conduit_desktop.records import Deployment, Model, Timeouts
from conduit_desktop.store.database import Row
from conduit_desktop.store.models import DEPLOYMENT, MODEL
from conduit_desktop.store.prices import decode_price, encode_price
from conduit_desktop.store.repository import Repository, fields

_LISTS = ("fallbacks", "context_fallbacks", "content_fallbacks")


class Models(Repository):
    def list(self) -> list[Model]:
        """All of them by alias, each with its deployments in order of priority."""
        return [*self._read(MODEL.select().order_by(MODEL["alias"]), DEPLOYMENT.select())]

    def by_alias(self, alias: str) -> Model | None:
        return self._one("alias", alias)

    def get(self, id: str) -> Model | None:
        return self._one("id", id)

    def put(self, model: Model) -> None:
        """Insert it, or change the one with its id; its deployments become exactly those given. An alias that
        another one has is refused, and so is a deployment of a provider that does not exist."""
        with self._refusing(f"There is another model named {model.alias!r}."):
            self._write(lambda: self._put(model))

    def remove(self, id: str) -> None:
        """Its deployments go with it."""

        def write() -> None:
            if (before := self.get(id)) is not None:
                self._database.execute(MODEL.delete().where(MODEL["id"] == id))
                self._note("model", before.alias, before, None)

        self._write(write)

    def _put(self, model: Model) -> None:
        before = self.get(model.id)
        row = fields(model, MODEL) | {name: json.dumps(getattr(model, name)) for name in _LISTS}
        row["timeouts"] = json.dumps(asdict(model.timeouts))
        self._database.execute(MODEL.put(row))
        self._database.execute(DEPLOYMENT.delete().where(DEPLOYMENT["model_id"] == model.id))
        for position, deployment in enumerate(model.deployments):
            price = None if deployment.price is None else encode_price(deployment.price)
            extra = {"model_id": model.id, "position": position, "price": price, "lacks": json.dumps(deployment.lacks)}
            self._database.execute(DEPLOYMENT.put(fields(deployment, DEPLOYMENT) | extra))
        self._note("model", model.alias, before, model)

    def _one(self, column: str, value: str) -> Model | None:
        wanted = MODEL.select().where(MODEL[column] == value)
        with self._database.reading():
            row = self._database.row(wanted)
            if row is None:
                return None
            return self._read(wanted, DEPLOYMENT.select().where(DEPLOYMENT["model_id"] == row[0]))[0]

    def _read(self, models: Select, deployments: Select) -> tuple[Model, ...]:
        with self._database.reading():
            rows = self._database.rows(models)
            parts = self._database.rows(
                deployments.order_by(DEPLOYMENT["priority"], DEPLOYMENT["position"], DEPLOYMENT["id"])
            )
        return _joined(rows, parts)


def _joined(rows: Sequence[Row], parts: Sequence[Row]) -> tuple[Model, ...]:
    of_model: dict[str, list[Deployment]] = defaultdict(list)
    for part in parts:
        values = dict(zip(DEPLOYMENT.columns, part, strict=True))
        del values["position"]
        values["enabled"] = bool(values["enabled"])
        values["price"] = None if values["price"] is None else decode_price(values["price"])
        values["lacks"] = tuple(json.loads(values["lacks"]))
        of_model[values["model_id"]].append(Deployment(**values))
    found: list[Model] = []
    for row in rows:
        values = dict(zip(MODEL.columns, row, strict=True))
        values["enabled"] = bool(values["enabled"])
        values["resume"] = bool(values["resume"])
        for name in _LISTS:
            values[name] = tuple(json.loads(values[name]))
        values["timeouts"] = Timeouts(**json.loads(values["timeouts"]))
        found.append(Model(**values, deployments=tuple(of_model[values["id"]])))
    return tuple(found)
