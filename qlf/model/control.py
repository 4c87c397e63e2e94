"""Controls as catalogues have them, and the features of applications that carry them."""

from __future__ import annotations

from qlf.model.value import Node, Value


class Control(Node):
    """One requirement of a standard, in words of our own.

    `clause` is its number in the standard, `checked` where number and meaning were checked. `applies_to` is
    CEL over `spec`; `concerns` are the classes of data that it is about. It is carried by the features
    `implemented_by` and proven by `proven_by`: features, `GATE/TOOL`, or `GATE/TOOL/RULE`, a rule that the
    tool looks for. One that code cannot carry says why in `organisational`, one that code could carry but
    that is not assessed in `not_assessed`. `remains` is what people do besides.
    """

    id: str
    title: str
    wording: str
    clause: str
    checked: str
    concerns: tuple[str, ...] = ()
    applies_to: str = "true"
    implemented_by: tuple[str, ...] = ()
    proven_by: tuple[str, ...] = ()
    organisational: str = ""
    not_assessed: str = ""
    remains: str = ""


class Catalogue(Value):
    """The controls of one standard: `rules/controls/NAME.yaml`.

    `file` is what the file is called, `digest` that of what it says.
    """

    name: str
    title: str
    version: str
    publisher: str
    source: str
    controls: tuple[Control, ...]
    file: str = ""
    digest: str = ""

    def control(self, identifier: str) -> Control | None:
        """Return the control of that identifier."""
        return next((control for control in self.controls if control.id == identifier), None)


class Marker(Value):
    """Where a feature is found: where `text`, a regular expression, matches in files that fit a pattern."""

    files: str
    text: str


class Feature(Value):
    """Something in an application that carries controls; `tests/compliance/test_NAME.py` is its check.

    An application has it if `present`, CEL over `spec`, says so. `settings` are patterns of paths of the spec
    by which overlays ask for it; `lines` tell for each stack where it is found.
    """

    name: str
    title: str
    present: str = "true"
    settings: tuple[str, ...] = ()
    lines: dict[str, tuple[Marker, ...]]
