import pytest

from qlf.compile.inference import brief_from_text, infer, suggestions
from qlf.model.brief import Brief, EntityDecl, FieldDecl, OverlayDecl, RoleDecl, StackDecl
from qlf.model.overlay import Overlay, Word
from qlf.overlay.files import Folder
from qlf.overlay.read import read_overlays
from qlf.repository import shipped


def shipped_overlays() -> tuple[Overlay, ...]:
    found = read_overlays((Folder(shipped("overlays"), "overlays", shipped=True),))
    assert isinstance(found, tuple), [str(problem) for problem in found]
    return found


LIBRARY = shipped_overlays()


def written(prose: str, **members: object) -> Brief:
    return Brief.model_validate(
        {"name": "thing", "file": "briefs/thing.md", "title": "", "prose": prose, "prose_line": 5, **members}
    )


def entity(brief: Brief, name: str) -> EntityDecl:
    return next(entity for entity in brief.entities if entity.name == name)


def field(brief: Brief, name: str, member: str) -> FieldDecl:
    return next(one for one in entity(brief, name).fields if one.name == member)


def names(brief: Brief) -> set[str]:
    return {entity.name for entity in brief.entities}


def overlays(brief: Brief) -> list[str]:
    return [one.name for one in brief.overlays]


def asked(brief: Brief) -> dict[str, str]:
    return {
        question.about: f"{question.asks} Meanwhile: {question.meanwhile}" for question in brief.questions
    }


def test_every_inferred_node_points_at_its_words_and_has_an_assumption_there() -> None:
    brief = infer(written("# Shelf\n\nUse Postgres.\nEach book has a title and a *price*.\n"))
    assumed = {
        one.about: (one.holds, one.origin.line, one.origin.column, one.origin.because)
        for one in brief.assumptions
    }
    assert assumed == {
        "stack.database": ("postgres", 7, 5, '"Postgres"'),
        "entities.Book.title": ("text", 8, 17, '"title"'),
        "entities.Book.price": ("money", 8, 30, '"price"'),
        "entities.Book": ("title, isbn, published_on, pages, description, price", 8, 6, '"book"'),
    }
    price = field(brief, "Book", "price")
    assert (price.origin.kind, price.origin.file, price.origin.line) == ("inferred", "briefs/thing.md", 8)


def test_the_front_matter_wins() -> None:
    book = EntityDecl(name="Book", fields=(FieldDecl(name="name", kind="text"),))
    stated = {
        "entities": (book,),
        "stack": StackDecl(backend="fastapi", database="sqlite", frontend="none"),
        "authentication": False,
        "features": ("search",),
        "overlays": (OverlayDecl(name="fintech"),),
    }
    prose = "Spring, React and MySQL. HIPAA. Admins log in. Books have a price and many authors. Pagination."
    brief = infer(written(prose, **stated), LIBRARY)
    assert {name: getattr(brief, name) for name in stated} == stated
    assert brief.roles == ()
    assert brief.assumptions == ()
    assert asked(brief) == {
        "overlays.hipaa": "Must the application comply with HIPAA? Meanwhile: hipaa does not take part"
    }


def test_stated_roles_stay_and_mean_sign_in_without_a_question() -> None:
    brief = infer(written("Keep books.", roles=(RoleDecl(name="librarian"),)))
    assert [role.name for role in brief.roles] == ["librarian"]
    assert "auth" not in asked(brief)


def test_code_comments_and_links_say_nothing() -> None:
    prose = (
        "Manage books.\n\n```yaml\nentities: [orders, payments]\n```\n\n    invoices and customers\n\n"
        "<!-- with MySQL -->\n[docs](https://example.org/react/tickets) https://example.org/patients\n"
    )
    brief = infer(written(prose))
    assert names(brief) == {"Book"}
    assert brief.stack == StackDecl()


def test_a_list_under_a_colon_belongs_to_its_sentence() -> None:
    brief = infer(written("We manage:\n\n- hives\n- honey jars\n\nNo comments.\n"))
    assert names(brief) == {"Hive", "HoneyJar"}


def test_negations_reach_over_lists_and_stop_at_but() -> None:
    brief = infer(written("A shop without carts, coupons or orders, but with reviews. Tags are not needed."))
    assert names(brief) >= {"Product", "Review"}
    assert not names(brief) & {"Cart", "CartItem", "Order", "OrderItem", "Coupon", "Tag"}


def test_what_only_looks_like_a_negation_denies_nothing() -> None:
    assert names(infer(written("Not only books but also films, no later than tomorrow."))) == {
        "Book",
        "Movie",
    }


def test_both_having_many_is_many_to_many_in_one_sentence_or_two() -> None:
    for prose in (
        "Each doctor has many patients, and vice versa.",
        "A doctor has many patients. A patient has several doctors.",
    ):
        brief = infer(written(prose))
        many = [
            (one.name, f.name)
            for one in brief.entities
            for f in one.fields
            if f.kind == "reference" and f.many
        ]
        assert len(many) == 1
        single = [
            f.name for one in brief.entities for f in one.fields if f.kind == "reference" and not f.many
        ]
        assert single == []


def test_belonging_to_a_user_is_ownership_where_people_sign_in() -> None:
    with_users = infer(written("Gadgets belong to a user. With login."))
    assert entity(with_users, "Gadget").owner == "user"
    without = infer(written("Gadgets belong to a customer. No login."))
    assert field(without, "Gadget", "customer").required
    assert entity(without, "Gadget").owner is None


def test_fields_take_type_bounds_classes_and_marks_from_words() -> None:
    brief = infer(
        written(
            "Every gadget has a unique label code, an optional weight, a date of birth, a status (new, in"
            " use or broken) and the number of buttons."
        )
    )
    gadget = {one.name: one for one in entity(brief, "Gadget").fields}
    assert (gadget["label_code"].kind, gadget["label_code"].unique, gadget["label_code"].required) == (
        "text",
        True,
        True,
    )
    assert (gadget["weight"].kind, gadget["weight"].precision, gadget["weight"].required) == (
        "decimal",
        10,
        False,
    )
    assert gadget["date_of_birth"].classes == ("pii",)
    assert (gadget["status"].values, gadget["status"].default) == (("new", "in_use", "broken"), "new")
    assert gadget["number_of_buttons"].kind == "int"


def test_two_references_to_one_entity_have_different_inverses() -> None:
    brief = infer(written("Teams and matches. A match has a home team and an away team."))
    inverses = [one.inverse for one in entity(brief, "Match").fields if one.target == "Team"]
    assert len(inverses) == len(set(inverses)) == 2


def test_rows_that_need_each_other_can_be_made() -> None:
    brief = infer(written("Each gadget has one charger. Each charger has one gadget."))
    required = [
        one.name
        for name in ("Gadget", "Charger")
        for one in entity(brief, name).fields
        if one.kind == "reference" and one.required
    ]
    assert len(required) == 1


def test_an_account_has_its_own_fields_once() -> None:
    brief = infer(written("Users sign in. Users have a nickname, an email and a role."))
    assert [one.name for one in entity(brief, "User").fields] == ["name", "nickname"]


def test_what_is_part_of_another_entity_takes_its_references_with_it() -> None:
    brief = infer(written("Keep gadgets and reviews. Gadgets are assigned to ratings."))
    assert names(brief) == {"Gadget", "Review"}
    assert [one.name for one in entity(brief, "Gadget").fields] == ["name", "description"]


def test_owning_yields_to_a_relation_of_the_same_name() -> None:
    brief = infer(written("With login. Each user has many files, and vice versa."))
    assert entity(brief, "File").owner is None
    assert [one.many for one in entity(brief, "User").fields if one.name == "files"] == [True]


def test_an_admin_alone_gets_company_and_may_not_sign_up() -> None:
    brief = infer(written("A blog. Admins delete posts."))
    assert [(role.name, role.signup) for role in brief.roles] == [("member", None), ("admin", False)]
    assert asked(brief)["access"].startswith("What may each role do: member, admin?")


def test_sign_in_follows_from_personal_fields_and_says_so() -> None:
    brief = infer(written("Keep customers."))
    assert brief.authentication is True
    because = next(one.origin.because for one in brief.assumptions if one.about == "auth")
    assert because == "Customer.name is @pii, which only known people may see"


def test_without_a_word_on_sign_in_it_is_asked() -> None:
    brief = infer(written("Keep gadgets."))
    assert brief.authentication is None
    assert asked(brief) == {
        "auth": "Who may use the application: anyone, or people who sign in?"
        " Meanwhile: anyone, without sign-in"
    }


def test_a_regulation_is_taken_by_name_and_asked_about_by_hint() -> None:
    named = infer(written("PCI-compliant payment processor"), LIBRARY)
    assert overlays(named) == ["pci", "fintech"]
    assert {one.about for one in named.assumptions} >= {"overlays.fintech", "overlays.pci"}
    hinted = infer(written("Keep medical records and card numbers."), LIBRARY)
    assert not {"pci", "hipaa"} & set(overlays(hinted))
    assert {"overlays.pci", "overlays.hipaa"} <= set(asked(hinted))
    refused = infer(
        written("Keep medical records and card numbers. PCI DSS does not apply. No HIPAA."), LIBRARY
    )
    assert not {"pci", "hipaa"} & set(overlays(refused))
    assert not {"overlays.pci", "overlays.hipaa"} & set(asked(refused))


def test_an_inferred_overlay_has_its_words_and_what_it_requires_is_said() -> None:
    brief = infer(written("Track beds. HIPAA compliant."), LIBRARY)
    assert [(one.name, one.origin.because, one.origin.line) for one in brief.overlays] == [
        ("healthcare", '"HIPAA compliant": hipaa requires healthcare', 5),
        ("hipaa", '"HIPAA compliant"', 5),
    ]
    assert {one.about for one in brief.assumptions} >= {"overlays.healthcare", "overlays.hipaa"}


@pytest.mark.parametrize(
    ("prose", "expected"),
    [
        ("A HIPAA clinic.", [("hipaa", 100, "taken"), ("healthcare", 80, "taken")]),
        ("Patients. Patients! A patient.", [("hipaa", 30, "asked")]),
        ("Patients and prescriptions.", [("hipaa", 70, "asked")]),
        ("Patients, prescriptions, diagnoses and lab results.", [("hipaa", 99, "asked")]),
        ("Not a shop. A storefront.", [("ecommerce", 80, "refused")]),
        ("Card numbers. No PCI DSS.", [("pci", 60, "refused")]),
        ("Card numbers. No CVV.", [("pci", 60, "asked")]),
        ("Books.", []),
    ],
)
def test_scores_add_up_but_hints_are_never_certain(prose: str, expected: list[tuple[str, int, str]]) -> None:
    found = suggestions(written(prose), LIBRARY)
    assert [(one.overlay.name, one.score, one.outcome) for one in found] == expected


def test_words_that_add_up_take_a_domain_and_no_regulation() -> None:
    farm = LIBRARY[0].model_copy(
        update={"name": "farm", "words": (Word(phrase="cow", weight=40), Word(phrase="barn", weight=40))}
    )
    law = farm.model_copy(update={"name": "law", "kind": "compliance", "title": "Law"})
    brief = infer(written("Cows in barns."), (farm, law))
    assert overlays(brief) == ["farm"]
    assert "overlays.law" in asked(brief)
    assert overlays(infer(written("Cows and cows."), (farm, law))) == []


def test_the_words_of_overlays_are_not_misspelt() -> None:
    word = LIBRARY[0].model_copy(update={"words": (Word(phrase="custmer", weight=1),)})
    assert names(infer(written("Custmers"), (word,))) != names(infer(written("Custmers"))) == {"Customer"}


def test_unknown_and_doubled_stack_words_are_questions() -> None:
    brief = infer(written("Gadgets in Rust, on MySQL or MongoDB."))
    assert brief.stack == StackDecl(database="mysql")
    assert asked(brief)["stack.backend"] == (
        "Rust is no backend that the factory knows: which one shall it be? Meanwhile: fastapi"
    )
    assert asked(brief)["stack.database"] == "Which database is meant, mysql or mongodb? Meanwhile: mysql"


def test_a_misspelt_word_is_read_and_quoted_as_it_is_written() -> None:
    brief = infer(written("Custmers and invoces"))
    assert names(brief) == {"Customer", "Invoice"}
    assert entity(brief, "Customer").origin.because == '"Custmers"'


def test_nothing_said_is_one_entity_and_a_question() -> None:
    brief = infer(written(""))
    assert [one.name for one in entity(brief, "Item").fields] == ["name", "description"]
    assert "entities" in asked(brief)


def test_the_text_of_a_command_becomes_a_named_brief() -> None:
    made = brief_from_text("Create a user management API with authentication")
    assert (made.name, made.title, made.file) == (
        "user-management-api",
        "User management API",
        "briefs/user-management-api.md",
    )
    assert made.prose == "# User management API\n\nCreate a user management API with authentication\n"


def test_titles_leave_out_tools_and_regulations() -> None:
    titles = {
        "Create a FastAPI user management system": "user-management-system",
        "PCI-compliant payment processor": "payment-processor",
        "HIPAA-compliant patient portal with React frontend": "patient-portal",
        "I need an app to manage widgets": "widgets",
        "# Shelf life\n\nBooks.": "shelf-life",
        "Each gadget has one charger.": "gadgets",
        "": "application",
        "2048 game": "app-2048-game",
        "Надо что-то": "application",
    }
    assert {text: brief_from_text(text).name for text in titles} == titles
    assert brief_from_text("Anything", "mine").file == "briefs/mine.md"
