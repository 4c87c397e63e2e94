"""Check a tree against the JSON Schema of its language, and say what is wrong in the author's words.

The compiled validator (jsonschema-rs) decides; only what it refuses is read again by the reference
implementation (jsonschema), which knows the places.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import jsonschema_rs

from qlf.errors import Problem
from qlf.strict_yaml import Mapping, Place, Scalar, Sequence, Yaml, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

Path = tuple[str | int, ...]
Schema = dict[str, Any]
SNAKE = r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
KEBAB = r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"
DATA_CLASS = r"^@?[a-z][a-z0-9_]*$"
PASCAL = r"^[A-Z][A-Za-z0-9]*$"
VALUE = r"^[A-Za-z][A-Za-z0-9]*([_-][A-Za-z0-9]+)*$"
SEMVER = (
    r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$"
)
_NAME_PATTERNS = frozenset({SNAKE, PASCAL, KEBAB, VALUE, DATA_CLASS})
_TORN = "put values that contain commas in quotes, or begin a new line for each key"
_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}


@dataclass(frozen=True)
class Language:
    """A kind of file: its name, as in `qlf schema NAME`, and its JSON Schema.

    Each of `steps` is the one key that a step of a list of steps has. Without a key of `vital`, what is left
    of a mapping says nothing, unless the mapping stands below one of `by_name`, whose members stand alone.
    """

    name: str
    schema: Schema
    steps: tuple[str, ...] = ()
    vital: frozenset[str] = frozenset()
    by_name: frozenset[str] = frozenset()

    def check(self, tree: Yaml, file: str) -> tuple[list[Problem], Yaml | None]:
        """Check a tree against the schema.

        Returns:
            The problems, and the tree without the clauses that have them (None if nothing is left).
        """
        data = plain(tree)
        if self.fast_validator.is_valid(data):
            return [], tree
        explained = {
            explanation
            for error in self.reference_validator.iter_errors(cast("Any", data))
            for meant in _meant(error)
            for explanation in _explain(self, meant, tree)
        }
        torn = {path for _, path, _, _ in explained if path and set("()") & set(str(path[-1]))}
        problems = {
            Problem(file, *place, what, advice)
            for place, path, what, advice in explained
            if path not in torn or advice == _TORN
        }
        return sorted(problems), self._without(tree, {path for _, path, _, _ in explained}, ())

    @cached_property
    def fast_validator(self) -> jsonschema_rs.Validator:
        """The compiled validator."""
        return jsonschema_rs.validator_for(self.schema)

    @cached_property
    def reference_validator(self) -> Validator:
        """The reference validator, whose patterns end where ECMA 262 ends them."""
        from jsonschema import Draft202012Validator, validators  # noqa: PLC0415 - only for bad input
        from jsonschema.exceptions import ValidationError  # noqa: PLC0415

        def pattern(_: Validator, wanted: str, instance: object, __: object) -> Iterator[ValidationError]:
            if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", wanted), instance):
                yield ValidationError(f"{instance!r} does not match {wanted!r}")

        extend = cast("Callable[..., type[Draft202012Validator]]", validators.extend)
        return extend(Draft202012Validator, {"pattern": pattern})(self.schema)

    def _without(self, node: Yaml, doomed: set[Path], path: Path) -> Yaml | None:
        if path in doomed:
            return None
        if isinstance(node, Scalar):
            return node
        if isinstance(node, Sequence):
            items = (self._without(item, doomed, (*path, index)) for index, item in enumerate(node.items))
            return Sequence(tuple(item for item in items if item is not None), node.place)
        kept = {name: self._without(value, doomed, (*path, name)) for name, value in node.entries.items()}
        lost = {name for name, value in kept.items() if value is None}
        if lost & self.vital and path and path[-1] not in self.by_name:
            return None
        entries = {name: value for name, value in kept.items() if value is not None}
        return Mapping(entries, node.keys, node.place)


def _meant(error: ValidationError) -> Iterator[ValidationError]:
    """Yield the errors of the form that the author meant: that of the same type, with the same first key."""
    if error.validator != "anyOf" or not error.context:
        yield error
        return
    forms: dict[int, list[ValidationError]] = {}
    for inner in error.context:
        forms.setdefault(cast("int", inner.relative_schema_path[0]), []).append(inner)
    right_type = [form for form in forms.values() if not any(_is_wrong_type(inner, error) for inner in form)]
    if len(right_type) > 1 and isinstance(error.instance, dict):
        right_type = [form for form in right_type if _has_first_key(form, error)]
    if len(right_type) != 1:
        yield error
        return
    for inner in right_type[0]:
        yield from _meant(inner)


def _is_wrong_type(inner: ValidationError, outer: ValidationError) -> bool:
    return inner.validator == "type" and len(inner.absolute_path) == len(outer.absolute_path)


def _has_first_key(form: list[ValidationError], outer: ValidationError) -> bool:
    schemas = (_schema(inner) for inner in form)
    wanted: list[str] = next((schema["required"] for schema in schemas if "required" in schema), [])
    if not wanted:
        index = cast("int", form[0].relative_schema_path[0])
        wanted = _schema(outer)["anyOf"][index].get("required", [])
    return bool(wanted) and wanted[0] in cast("dict[str, Any]", outer.instance)


Explanation = tuple[Place, Path, str, str]


def _explain(language: Language, error: ValidationError, tree: Yaml) -> Iterator[Explanation]:
    path = tuple(error.absolute_path)
    validator = error.validator
    if validator == "additionalProperties":
        yield from _unknown_keys(language, error, tree, path)
    elif "propertyNames" in error.absolute_schema_path:
        yield from _bad_name(error, tree, path)
    elif validator == "required":
        yield from _missing_keys(language, error, tree, path)
    else:
        what, advice = _refused(language, error, path)
        yield _place(tree, path), path, what, advice


def _unknown_keys(
    language: Language, error: ValidationError, tree: Yaml, path: Path
) -> Iterator[Explanation]:
    known = list(_schema(error)["properties"])
    node = _node(tree, path)
    if not isinstance(node, Mapping):
        return
    for name, key in node.keys.items():
        if name not in known:
            yield (
                key.place,
                (*path, name),
                f"{_owner(language, path)} has no key {name!r}",
                did_you_mean(name, known),
            )


def _bad_name(error: ValidationError, tree: Yaml, path: Path) -> Iterator[Explanation]:
    name = str(error.instance)
    node = _node(tree, path)
    place = node.keys[name].place if isinstance(node, Mapping) and name in node.keys else _place(tree, path)
    advice = _schema(error).get("patternErrorMessage", "write a shorter name")
    if ")" in name or "(" in name:
        advice = _TORN
    elif error.validator == "pattern" and (better := _mended(name, _schema(error)["pattern"])):
        advice = f"write {better}"
    yield place, (*path, name), f"{name!r} cannot be a name here", advice


def _mended(name: str, pattern: str) -> str | None:
    if pattern not in _NAME_PATTERNS:
        return None
    words = [word for word in re.split(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])", name) if word]
    snake = "_".join(word.lower() for word in words)
    kebab = snake.replace("_", "-")
    pascal = "".join(word[0].upper() + word[1:] for word in words)
    forms = (kebab, snake) if pattern == KEBAB else (snake, pascal)
    return next((form for form in forms if form and re.search(pattern, form)), None)


def _missing_keys(
    language: Language, error: ValidationError, tree: Yaml, path: Path
) -> Iterator[Explanation]:
    for name in cast("list[str]", error.validator_value):
        if name not in cast("dict[str, Any]", error.instance):
            yield _key_place(tree, path), path, f"{_owner(language, path)} has no {name!r}", f"add {name}:"


def _refused(language: Language, error: ValidationError, path: Path) -> tuple[str, str]:
    owner, value, wanted = _owner(language, path), error.instance, cast("Any", error.validator_value)
    schema = _schema(error)
    match error.validator:
        case "type":
            expected = wanted if isinstance(wanted, str) else wanted[0]
            plainly = f"write {_TYPES[expected]}"
            return f"{owner} is {_type_of(value)}", schema.get("patternErrorMessage", plainly)
        case "anyOf" if isinstance(value, dict) and _is_step(language, error):
            return f"{owner} is no step", _step_advice(language, value)
        case "anyOf":
            return f"{owner} is {_type_of(value)}", _either_advice(language, error)
        case "enum":
            choices = [str(choice) for choice in wanted]
            return f"{owner} cannot be {_shown(value)}", did_you_mean(str(value), choices)
        case "pattern":
            return f"{owner} cannot be {_shown(value)}", _pattern_advice(error)
        case "minimum" | "maximum":
            return f"{owner} cannot be {value}", f"write a number from {_bounds(error)}"
        case "minItems" | "minProperties" | "minLength":
            return f"{owner} is empty", "say something, or leave the key out"
        case "maxLength":
            return f"{owner} is longer than {wanted} characters", "shorten it"
        case "maxItems" | "maxProperties":
            return f"{owner} has more than {wanted} items", "leave some of them out"
        case "uniqueItems":
            return f"{owner} has the same item twice", "keep one of them"
        case _:
            return f"{owner} is wrong: {error.message}", f"see the schema (qlf schema {language.name})"


def _is_step(language: Language, error: ValidationError) -> bool:
    kinds = tuple(form.get("required", [""])[0] for form in _schema(error)["anyOf"])
    return kinds == language.steps


def _step_advice(language: Language, step: dict[str, Any]) -> str:
    unknown = [] if set(language.steps) & set(step) else list(step)
    near = [match for key in unknown for match in get_close_matches(key, language.steps, n=1)]
    return f"did you mean {near[0]}?" if near else "use exactly one of " + ", ".join(language.steps)


def _either_advice(language: Language, error: ValidationError) -> str:
    types: list[str] = []
    for form in _schema(error)["anyOf"]:
        name = _resolved(language, form).get("type")
        name = name[0] if isinstance(name, list) else name
        if name in _TYPES and name != "null" and _TYPES[name] not in types:
            types.append(_TYPES[name])
    return "write " + " or ".join(types)


def _resolved(language: Language, form: dict[str, Any]) -> dict[str, Any]:
    reference = form.get("$ref")
    if reference is None:
        return form
    return cast("dict[str, Any]", language.schema["$defs"][reference.removeprefix("#/$defs/")])


def _pattern_advice(error: ValidationError) -> str:
    if "patternErrorMessage" not in _schema(error):
        return f"match {error.validator_value}"
    better = _mended(str(error.instance), _schema(error)["pattern"])
    return f"write {better}" if better else str(_schema(error)["patternErrorMessage"])


def _bounds(error: ValidationError) -> str:
    return f"{_schema(error).get('minimum', 'any')} to {_schema(error).get('maximum', 'any')}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)


def _type_of(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return f"{str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "a mapping"


def _schema(error: ValidationError) -> dict[str, Any]:
    return cast("dict[str, Any]", error.schema)


def did_you_mean(name: str, known: list[str] | tuple[str, ...]) -> str:
    """Advise on a name that is not known: the nearest one, or all of them."""
    near = get_close_matches(name, known, n=1) or [one for one in known if one.lower() == name.lower()]
    if near:
        return f"did you mean {near[0]}?"
    return "use one of " + ", ".join(known) if known else "remove it"


def _owner(language: Language, path: Path) -> str:
    if not path:
        return f"the {language.name}"
    if isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {_owner(language, path[:-1])}"
    return path[-1]


def _node(tree: Yaml, path: Path) -> Yaml:
    node = tree
    for part in path:
        if isinstance(node, Mapping):
            node = node.entries[str(part)]
        elif isinstance(node, Sequence):
            node = node.items[int(part)]
    return node


def _place(tree: Yaml, path: Path) -> Place:
    node = _node(tree, path)
    if isinstance(node, Scalar) and node.value is None:
        return _key_place(tree, path)
    return node.place


def _key_place(tree: Yaml, path: Path) -> Place:
    """Return the place of the key that leads to a node; an item's and the whole brief's own."""
    if path and isinstance(parent := _node(tree, path[:-1]), Mapping):
        return parent.keys[str(path[-1])].place
    return _node(tree, path).place
