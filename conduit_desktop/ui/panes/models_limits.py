"""The fields of a deployment beside its provider and model: weight and priority, limits, what its model can take."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QWidget

from conduit_desktop.providers.abilities import known as known_model
from conduit_desktop.records import ABILITIES, Ability, Deployment
from conduit_desktop.ui.panes.keys_fields import LimitField
from conduit_desktop.ui.panes.models_card import MOST_WEIGHT
from conduit_desktop.ui.panes.models_health_words import ABILITY_WORDS
from conduit_desktop.ui.widgets.form import Form
from conduit_desktop.ui.widgets.inputs import NumberField
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.text import Label

_CANNOT: tuple[tuple[Ability, str], ...] = (
    ("images", "It takes no images"),
    ("tools", "It takes no tools"),
    ("json_schema", "It takes no JSON schema"),
)


class DeploymentLimits(QWidget):
    """``fill`` shows a deployment's, ``read`` gives it changed, or None: then the faulty fields say what is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = NumberField("Weight", 0, MOST_WEIGHT, 1)
        self.priority = NumberField("Priority", 0, 1000, 1)
        self.rpm, self.tpm = LimitField("Requests a minute"), LimitField("Tokens a minute")
        self.parallel = LimitField("Requests at once")
        self.context = LimitField("Context window in tokens")
        self.lacks = {ability: QCheckBox(text) for ability, text in _CANNOT}
        self.form = form = Form(gap=14)
        form.beside(
            ("Priority", self.priority, "1 is asked first, and first among equals."),
            ("Weight", self.weight, "Its share, where the strategy goes by weights. 0: only when others fail."),
        )
        self._limits = form.beside(
            ("Requests/min", self.rpm, ""), ("Tokens/min", self.tpm, ""), ("At once", self.parallel, "")
        )
        self._window = form.add(
            "Context window", self.context, "Tokens. A request that is longer goes to another deployment."
        )
        self._known = Label("", "small", wrap=True)
        lacks = column(Label("What it lacks", "medium"), *self.lacks.values(), self._known, gap=5)
        self.setLayout(column(form, lacks, gap=14))
        self.show_known("")

    def show_known(self, upstream_model: str) -> None:
        """Say what holds for a model where nothing is entered."""
        known = known_model(upstream_model)
        self.context.setPlaceholderText(f"{known.window:,} (known)" if known.window else "Not known: any length")
        words = [ABILITY_WORDS[each] for each in ABILITIES if each in known.lacks]
        said = f"Known to take no {' and no '.join(words)}; what is ticked here holds instead. " if words else ""
        self._known.setText(f"{said}Requests that need what it lacks go to another deployment.")

    def fill(self, deployment: Deployment) -> None:
        self.weight.setValue(deployment.weight)
        self.priority.setValue(deployment.priority)
        for field, limit in self._numbers(deployment):
            field.set_value(limit)
        for ability, box in self.lacks.items():
            box.setChecked(ability in deployment.lacks)

    def read(self, deployment: Deployment) -> Deployment | None:
        values: list[int | None] = []
        for part in (*self._limits, self._window):
            assert isinstance(part.field, LimitField)
            try:
                values.append(part.field.value())
                part.set_error("")
            except ValueError as error:
                part.set_error(str(error))
        if self.form.focus_first_error():
            return None
        rpm, tpm, parallel, window = values
        return replace(
            deployment,
            weight=self.weight.value(),
            priority=self.priority.value(),
            rpm=rpm,
            tpm=tpm,
            parallel=parallel,
            context_window=window,
            lacks=tuple(ability for ability in ABILITIES if self.lacks[ability].isChecked()),
        )

    def _numbers(self, deployment: Deployment) -> tuple[tuple[LimitField, int | None], ...]:
        return (
            (self.rpm, deployment.rpm),
            (self.tpm, deployment.tpm),
            (self.parallel, deployment.parallel),
            (self.context, deployment.context_window),
        )
