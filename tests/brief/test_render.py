from __future__ import annotations

import pytest

from qlf.brief.render import field_form
from qlf.model.brief import FieldDecl


@pytest.mark.parametrize(
    ("field", "form"),
    [
        (FieldDecl(name="x", kind="text", required=True, maximum=120), "text! max=120"),
        (FieldDecl(name="x", kind="decimal", precision=7, scale=4, default=0.25), "decimal(7, 4) = 0.25"),
        (FieldDecl(name="x", kind="decimal", minimum=0.000001), "decimal min=0.000001"),
        (FieldDecl(name="x", kind="enum", values=("a", "b"), default="a"), "enum(a, b) = a"),
        (FieldDecl(name="x", kind="reference", target="Tag", many=True, inverse="y"), "Tag[] inverse=y"),
        (FieldDecl(name="x", kind="text", pattern="a/b c", classes=("pii",)), "text @pii pattern=/a\\/b c/"),
        (FieldDecl(name="x", kind="text", default='a "b"'), 'text = "a \\"b\\""'),
        (
            FieldDecl(name="x", kind="bool", default=False, description="D."),
            {"type": "bool", "description": "D.", "default": False},
        ),
    ],
)
def test_forms_are_those_of_the_language(field: FieldDecl, form: object) -> None:
    assert field_form(field) == form
