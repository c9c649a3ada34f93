"""The style sheet over Fusion, built from the token table. Only standard Qt controls are dressed here; our own
widgets paint themselves. Selectors go by dynamic property: ``surface``, ``role``, ``tone``."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from conduit_desktop import paths
from conduit_desktop.ui import fonts, tokens

_SHEET = Template("""
QToolTip { background: $overlay; color: $text; border: 1px solid $border_strong; padding: 4px 7px; }
QMainWindow, QDialog { background: $surface; }
QFrame[surface="base"], QWidget[surface="base"] { background: $base; }
QFrame[surface="surface"], QWidget[surface="surface"] { background: $surface; }
QFrame[surface="sunken"], QWidget[surface="sunken"] { background: $sunken; }
QFrame[surface="card"] { background: $raised; border: 1px solid $border; border-radius: ${radius_card}px; }
QFrame[surface="well"], QWidget[surface="well"] {
    background: $sunken; border: 1px solid $border; border-radius: ${radius}px;
}
QFrame[line="bottom"] { border: none; border-bottom: 1px solid $border; }
QFrame[line="right"] { border: none; border-right: 1px solid $border; }
QFrame[rule="true"] { background: $border; border: none; }
QScrollArea, QScrollArea > QWidget > QWidget[scrolled="true"] { background: transparent; border: none; }

QLineEdit, QPlainTextEdit[field="true"], QTextEdit[field="true"], QSpinBox, QDoubleSpinBox, QDateEdit,
QDateTimeEdit, QComboBox {
    background: $surface; color: $text; border: 1px solid $border_input; border-radius: ${radius}px;
    padding: 0 9px; min-height: ${control}px; selection-background-color: $text_selection;
    selection-color: $text;
}
QPlainTextEdit[field="true"], QTextEdit[field="true"] { padding: 6px 5px; }
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QDateEdit:hover, QDateTimeEdit:hover, QComboBox:hover,
QPlainTextEdit[field="true"]:hover, QTextEdit[field="true"]:hover { border-color: $text_muted; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QDateEdit:focus, QDateTimeEdit:focus, QComboBox:focus,
QComboBox:on { border: 2px solid $focus; padding: 0 8px; min-height: ${control_in}px; }
QComboBox:focus, QComboBox:on { padding-right: 1px; }
QPlainTextEdit[field="true"]:focus, QTextEdit[field="true"]:focus { border: 2px solid $focus; padding: 5px 4px; }
QLineEdit[invalid="true"], QComboBox[invalid="true"], QSpinBox[invalid="true"],
QPlainTextEdit[invalid="true"] { border-color: $danger; }
QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled, QPlainTextEdit[field="true"]:disabled {
    background: $sunken; color: $text_disabled; border-color: $border;
}
QLineEdit[bare="true"], QLineEdit[bare="true"]:focus, QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus {
    border: none; background: transparent; padding: 0; min-height: 0;
}
QLineEdit[search="true"], QLineEdit[search="true"]:focus { padding-left: 1px; }
QAbstractSpinBox { max-height: ${control}px; }
QLineEdit[mono="true"], QPlainTextEdit[mono="true"], QTextEdit[mono="true"] {
    font-family: "$mono"; font-size: ${mono_px}px;
}
QComboBox { padding-right: 2px; }
QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url($art/chevron-down.svg); width: ${icon}px; height: ${icon}px; }
QComboBox QAbstractItemView, QListView[popup="true"] {
    background: $overlay; color: $text; border: 1px solid $border_strong; padding: 4px; outline: none;
    selection-background-color: $selection; selection-color: $text;
}
QComboBox QAbstractItemView::item { min-height: ${item}px; padding: 0 6px; border-radius: 4px; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button,
QDateEdit::up-button, QDateEdit::down-button, QDateTimeEdit::up-button, QDateTimeEdit::down-button {
    border: none; background: transparent; width: 20px;
}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow, QDateEdit::up-arrow, QDateTimeEdit::up-arrow {
    image: url($art/chevron-up.svg); width: ${icon_small}px; height: ${icon_small}px;
}
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow, QDateEdit::down-arrow, QDateTimeEdit::down-arrow {
    image: url($art/chevron-down.svg); width: ${icon_small}px; height: ${icon_small}px;
}
QDateEdit::drop-down, QDateTimeEdit::drop-down { border: none; width: 26px; }
QDateEdit::down-arrow:on, QDateEdit::down-arrow {
    image: url($art/chevron-down.svg); width: ${icon}px; height: ${icon}px;
}

QCheckBox, QRadioButton { spacing: 8px; color: $text; }
QCheckBox:disabled, QRadioButton:disabled { color: $text_disabled; }
QCheckBox::indicator, QRadioButton::indicator, QTableView::indicator, QListView::indicator {
    width: ${tick}px; height: ${tick}px; border: 1px solid $border_input; background: $surface; border-radius: 4px;
}
QRadioButton::indicator { border-radius: ${tick_round}px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus {
    border: 2px solid $focus; width: ${tick_in}px; height: ${tick_in}px;
}
QCheckBox::indicator:checked, QTableView::indicator:checked, QListView::indicator:checked {
    background: $accent; border-color: $accent; image: url($art/check.svg);
}
QCheckBox::indicator:indeterminate { background: $accent; border-color: $accent; image: url($art/dash.svg); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url($art/dot.svg); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {
    background: $sunken; border-color: $border_strong;
}

QTableView, QTreeView, QListView {
    background: $surface; color: $text; border: none; outline: none; gridline-color: transparent;
    selection-background-color: $selection; selection-color: $text;
}
QTableView::item { padding: 0 10px; border: none; border-bottom: 1px solid $grid; }
QTableView::item:hover { background: $row_hover; }
QTableView::item:selected { background: $selection; color: $text; }
QListView[bare="true"] { background: transparent; }
QListView::item, QTreeView::item { min-height: ${item}px; padding: 0 8px; border-radius: ${radius}px; }
QListView::item:hover, QTreeView::item:hover { background: $hover; }
QListView::item:selected, QTreeView::item:selected { background: $selection; color: $text; }
QHeaderView { background: $surface; border: none; }
QHeaderView::section {
    background: $surface; color: $text_faint; border: none; border-bottom: 1px solid $border;
    padding: 0 10px; font-size: ${caption_px}px; font-weight: 500; min-height: ${header}px;
}
QHeaderView::section:first, QHeaderView::section:only-one { padding-left: ${edge}px; }
QHeaderView::section:last, QHeaderView::section:only-one { padding-right: ${edge}px; }
QTableView[inset="true"] QHeaderView::section:first { padding-left: 10px; }
QTableView[inset="true"] QHeaderView::section:last { padding-right: 10px; }
QHeaderView::section:hover { color: $text; }
QHeaderView::up-arrow { image: url($art/chevron-up.svg); width: ${icon_small}px; height: ${icon_small}px; }
QHeaderView::down-arrow { image: url($art/chevron-down.svg); width: ${icon_small}px; height: ${icon_small}px; }
QFrame[surface="card"] QTableView, QFrame[surface="card"] QHeaderView,
QFrame[surface="card"] QHeaderView::section { background: $raised; }
QTableCornerButton::section { background: $surface; border: none; }

QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 12px; margin: 0; }
QScrollBar:horizontal { height: 12px; margin: 0; }
QScrollBar::handle { background: $scroll; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 32px; margin: 3px; }
QScrollBar::handle:horizontal { min-width: 32px; margin: 3px; }
QScrollBar::handle:hover { background: $border_input; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
    background: transparent; border: none; width: 0; height: 0;
}
QAbstractScrollArea::corner { background: transparent; border: none; }

QMenu { background: $overlay; color: $text; border: 1px solid $border_strong; padding: 5px; }
QMenu::item { padding: 5px 22px 5px 10px; border-radius: 4px; min-height: 18px; }
QMenu::icon { padding-left: 8px; }
QMenu::item:selected { background: $selection; color: $text; }
QMenu::item:disabled { color: $text_disabled; }
QMenu::separator { height: 1px; background: $border; margin: 5px 6px; }

QTabWidget::pane { border: none; border-top: 1px solid $border; }
QTabWidget::tab-bar { left: 0; }
QTabWidget[inset="true"]::tab-bar { left: 16px; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab {
    background: transparent; color: $text_muted; padding: 0 2px; margin: 0 18px 0 0; min-height: ${tab}px;
    border: none; border-bottom: 2px solid transparent; font-weight: 500;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:disabled { color: $text_disabled; }
QTabBar::tab:selected:focus { color: $accent_text; border-bottom: 2px solid $focus; }

QSplitter::handle { background: $border; }
QSplitter::handle:hover { background: $accent; }
QTextBrowser, QPlainTextEdit, QTextEdit { background: $surface; color: $text; border: none;
    selection-background-color: $text_selection; selection-color: $text; }
QTextBrowser[bare="true"] { background: transparent; }
QPlainTextEdit[code="true"] { background: $sunken; border: 1px solid $border; border-radius: ${radius}px; }
QPlainTextEdit[code="true"]:focus { border-color: $focus; }
QGroupBox { border: none; margin-top: 22px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; color: $text; }
QCalendarWidget QWidget { alternate-background-color: $sunken; }
QLabel { background: transparent; }
QLabel:disabled { color: $text_disabled; }
""")


def _labels(colours: Mapping[str, str], scale: float) -> str:
    rules = []
    for role, step in tokens.TYPE.items():
        rules.append(
            f'QLabel[role="{role}"] {{ font-family: "{fonts.FAMILIES[step.family]}"; '
            f"font-size: {round(step.size * scale)}px; font-weight: {step.weight}; color: {colours[step.tone]}; }}"
        )
    tones = {name: name for name in colours if name.startswith("text")}
    tones |= {tone: f"{tone}-text" for tone in tokens.TONES}
    rules.extend(f'QLabel[tone="{tone}"] {{ color: {colours[name]}; }}' for tone, name in tones.items())
    rules.extend(
        f'QFrame[banner="{tone}"] {{ background: {colours[f"{tone}-soft"]}; border: none; '
        f"border-bottom: 1px solid {colours['border']}; }}"
        for tone in tokens.TONES
    )
    return "\n".join(rules)


def build(colours: Mapping[str, str], scale: float) -> str:
    """The whole style sheet for one theme and text size."""

    def px(size: float) -> str:
        return str(round(size * (1 + (scale - 1) * 0.9)))

    values = {name.replace("-", "_"): value for name, value in colours.items()}
    sheet = _SHEET.substitute(
        values,
        scroll=colours["border-strong"],
        art=paths.resource("themes").as_posix(),
        mono=fonts.FAMILIES["mono"],
        mono_px=round(tokens.TYPE["mono"].size * scale),
        caption_px=round(tokens.TYPE["caption"].size * scale),
        radius=tokens.RADIUS.control,
        radius_card=tokens.RADIUS.card,
        control=px(tokens.CONTROL - 2),
        control_in=px(tokens.CONTROL - 4),
        item=px(26),
        header=px(30),
        tab=px(34),
        icon=px(tokens.ICON),
        icon_small=px(12),
        tick=px(14),
        tick_in=int(px(14)) - 2,
        tick_round=int(px(14)) // 2 + 1,
        edge=tokens.SPACE.xl,
    )
    return sheet + _labels(colours, scale)
