from qlf.compile.inference import catalogue
from qlf.compile.inference.english import is_plural, singular, snake_of
from qlf.compile.inference.files import load
from qlf.model.types import KINDS
from qlf.words import plural

MEMBERS = {"says", "name", "when", "verb", "profile", "owner", "shared", "part_of", "either", "fields"}


def test_entries_say_nothing_that_is_not_read() -> None:
    for key, text in load("entities").items():
        assert set(text) <= MEMBERS, key
        assert text.get("verb", "skip") in {"skip", "use"}, key


def test_fields_are_of_known_kinds_and_unique() -> None:
    for entry in catalogue.entries().values():
        names = [field.name for field in entry.fields]
        assert len(names) == len(set(names)), entry.key
        for field in entry.fields:
            assert field.kind in KINDS
            assert field.kind != "enum" or field.default is None or field.default in field.values, entry.key
            assert field.kind == "reference" or field.name == snake_of(field.name), entry.key


def test_alternatives_are_references_of_their_entity() -> None:
    for entry in catalogue.entries().values():
        references = {field.name for field in entry.fields if field.kind == "reference"}
        assert all(group <= references for group in entry.either), entry.key


def test_every_entity_has_a_field_of_its_own_beside_references() -> None:
    bare = [
        key for key, entry in catalogue.entries().items() if all(f.kind == "reference" for f in entry.fields)
    ]
    assert bare == []


def test_bundles_name_entities_of_the_catalogue() -> None:
    known = {entry.name for entry in catalogue.entries().values()}
    for name, bundle in catalogue.bundles().items():
        assert {*bundle.core, *bundle.usual} <= known, name


def test_no_entity_is_said_in_the_plural() -> None:
    for entry in catalogue.entries().values():
        assert not [said for said in entry.says if is_plural(said.split()[-1])], entry.key


def test_singular_undoes_plural_for_every_word_of_the_catalogue() -> None:
    words = {
        said.split()[-1] for entry in catalogue.entries().values() for said in entry.says if said.isalpha()
    }
    assert {word: singular(plural(word)) for word in words} == {word: word for word in words}


def test_plurals_with_rules_of_their_own() -> None:
    pairs = {
        "box": "boxes",
        "category": "categories",
        "status": "statuses",
        "menu": "menus",
        "person": "people",
        "class": "classes",
        "analysis": "analyses",
        "warehouse": "warehouses",
        "day": "days",
        "equipment": "equipment",
        "movie": "movies",
    }
    assert {many: singular(many) for many in pairs.values()} == {many: one for one, many in pairs.items()}
