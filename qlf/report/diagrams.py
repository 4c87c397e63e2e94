"""Diagrams of entities and of states: Graphviz finds the places, the page draws.

All sizes are said beforehand, so that places do not depend on which fonts a machine has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pygraphviz

    from qlf.model.spec import Entity, Spec, StateMachine

# Points; a letter of the page's font is about so wide and a line so high.
_LETTER, _LINE, _ROOM = 7.2, 18.0, 24.0
_INCH = 72.0
_MARGIN = 8.0


class Box(NamedTuple):
    """A node: its middle and size in points, what stands in it, and whether it is where something begins."""

    x: float
    y: float
    width: float
    height: float
    title: str
    below: str = ""
    first: bool = False


class Arc(NamedTuple):
    """An edge: the path that it takes, as SVG has it, what it is called, and where that stands."""

    path: str
    label: str
    x: float
    y: float


class Diagram(NamedTuple):
    """A drawing, and the sentences that say the same."""

    name: str
    title: str
    width: float
    height: float
    boxes: tuple[Box, ...]
    arcs: tuple[Arc, ...]
    sentences: tuple[str, ...]


class _Node(NamedTuple):
    name: str
    below: str = ""
    first: bool = False


class _Edge(NamedTuple):
    tail: str
    head: str
    label: str


def entities(spec: Spec) -> Diagram | None:
    """Return the entities of an application and how they refer to each other, None if there are none."""
    if not spec.entities:
        return None
    nodes = [_Node(entity.name, _counted(entity)) for entity in spec.entities]
    edges, sentences = [], []
    known = {entity.name for entity in spec.entities}
    for entity in spec.entities:
        for field in entity.fields:
            if field.type.entity in known:
                edges.append(_Edge(entity.name, field.type.entity, field.name))
                need = "one" if field.required else "at most one"
                sentences.append(f"{entity.name}.{field.name} refers to {need} {field.type.entity}")
        for relation in entity.relations:
            if relation.kind == "many-to-many" and relation.owning:
                edges.append(_Edge(entity.name, relation.entity, f"{relation.name} (many)"))
                sentences.append(f"{entity.name}.{relation.name} refers to many {relation.entity}")
    return _placed("entities", "Entities and what they refer to", nodes, edges, sentences)


def _counted(entity: Entity) -> str:
    own = sum(not field.system for field in entity.fields)
    return f"{own} {'field' if own == 1 else 'fields'}"


def states(spec: Spec) -> list[Diagram]:
    """Return a diagram for each field that has states."""
    return [_machine(spec, entity, machine) for entity in spec.entities for machine in entity.states]


def _machine(spec: Spec, entity: Entity, machine: StateMachine) -> Diagram:
    kind = entity.field(machine.field).type.enum
    values = next((enum.values for enum in spec.enums if enum.name == kind), ())
    edges = [
        _Edge(source, transition.target, transition.name)
        for transition in machine.transitions
        for source in transition.sources
    ]
    sentences = [f"It begins as {machine.initial}"]
    for transition in machine.transitions:
        who = sorted({grant.role for grant in entity.access if grant.action == transition.name})
        by = f", by {', '.join(who)}" if who else ""
        sentences.append(f"{transition.name}: {', '.join(transition.sources)} to {transition.target}{by}")
    nodes = [_Node(value, first=value == machine.initial) for value in values]
    title = f"States of {entity.name}.{machine.field}"
    return _placed(f"states-{entity.name}-{machine.field}", title, nodes, edges, sentences)


def _placed(
    name: str, title: str, nodes: Iterable[_Node], edges: Iterable[_Edge], sentences: Iterable[str]
) -> Diagram:
    import pygraphviz  # noqa: PLC0415 - only builds that have something to tell draw

    graph = pygraphviz.AGraph(directed=True, strict=False, rankdir="LR", nodesep="0.3", ranksep="0.5")
    graph.node_attr.update(shape="box", fixedsize="true", label="")
    ways = list(edges)
    sizes = {}
    for number, node in enumerate(nodes):
        width = max(len(node.name), len(node.below)) * _LETTER + _ROOM
        sizes[node.name] = (node, f"n{number}", width, _LINE * (2 if node.below else 1) + _LINE / 2)
        graph.add_node(f"n{number}", width=width / _INCH, height=sizes[node.name][3] / _INCH)
    for number, edge in enumerate(ways):
        label = f'<table border="0" fixedsize="true" width="{round(len(edge.label) * _LETTER)}" height="16">'
        ends = (sizes[edge.tail][1], sizes[edge.head][1])
        graph.add_edge(*ends, key=str(number), label=f"<{label}<tr><td></td></tr></table>>")
    graph.layout(prog="dot")
    left, bottom, right, top = map(float, graph.graph_attr["bb"].split(","))
    del left, bottom
    boxes = []
    for node, key, width, height in sizes.values():
        x, y = _point(graph.get_node(key).attr["pos"], top)
        boxes.append(Box(x, y, width, height, node.name, node.below, node.first))
    arcs = tuple(_arc(graph, sizes, number, edge, top) for number, edge in enumerate(ways))
    size = (round(right + 2 * _MARGIN, 1), round(top + 2 * _MARGIN, 1))
    return Diagram(name, title, *size, tuple(boxes), arcs, tuple(sentences))


def _arc(
    graph: pygraphviz.AGraph,
    sizes: dict[str, tuple[_Node, str, float, float]],
    number: int,
    edge: _Edge,
    top: float,
) -> Arc:
    found = graph.get_edge(sizes[edge.tail][1], sizes[edge.head][1], key=str(number))
    # `e,X,Y` is the tip of the arrow, then come the points of a B-spline.
    tip, *points = found.attr["pos"].split()
    first, *rest = [_point(point, top) for point in points]
    curve = " ".join(f"{x},{y}" for x, y in rest)
    end = _point(tip.removeprefix("e,"), top)
    x, y = _point(found.attr["lp"], top)
    return Arc(f"M{first[0]},{first[1]} C{curve} L{end[0]},{end[1]}", edge.label, x, y)


def _point(text: str, top: float) -> tuple[float, float]:
    """Return a point from the upper left, where Graphviz counts from the lower left."""
    x, y = map(float, text.split(","))
    return round(x + _MARGIN, 1), round(top - y + _MARGIN, 1)
