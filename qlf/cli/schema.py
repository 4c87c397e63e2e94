"""`qlf schema`."""

from __future__ import annotations

import click

KINDS = ("brief", "overlay", "rules", "policy", "controls", "features", "factory")


@click.command(epilog="Example:  qlf schema brief > brief.schema.json")
@click.argument("kind", type=click.Choice(KINDS))
def command(kind: str) -> int:
    """Print the JSON Schema of a kind of file.

    The kinds are briefs' front matter, overlays, gates' rules, policies,
    catalogues of controls, the features that carry these, and factory.toml.
    Editors complete and check files by it.
    """
    click.echo(text_of(kind), nl=False)
    return 0


def text_of(kind: str) -> str:
    """Return the schema of one of KINDS."""
    if kind == "brief":
        from qlf.brief.schema import schema_text  # noqa: PLC0415

        return schema_text()
    if kind == "overlay":
        from qlf.overlay.schema import schema_text as overlay_schema  # noqa: PLC0415

        return overlay_schema()
    if kind == "policy":
        from qlf.policies.schema import schema_text as policy_schema  # noqa: PLC0415

        return policy_schema()
    if kind in {"controls", "features"}:
        from qlf.controls.schema import schema_text as controls_schema  # noqa: PLC0415

        return controls_schema(kind)
    if kind == "rules":
        from qlf.gates.rules import schema as rules_schema  # noqa: PLC0415

        return rules_schema()
    from qlf.config import schema as factory_schema  # noqa: PLC0415

    return factory_schema()
