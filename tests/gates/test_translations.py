"""Every sentence that people read can be said in Dutch and Danish, with the same values."""

import ast

import pytest

from chassis.languages import TRANSLATED, translations
from tests.gates.sentences import has_words, placeholders, said_in, sayings, value_names
from tests.gates.tree import ROOT

TRANSLATING = [
    path.parent.relative_to(ROOT).as_posix()
    for root in ("chassis", "read_model", "services", "console", "deploy")
    for path in sorted((ROOT / root).rglob("translations"))
]


def test_every_package_with_sentences_has_translations() -> None:
    speaking = [
        "chassis",
        "console",
        "deploy",
        "read_model",
        *(f"services/{name}" for name in ("matching", "reminders", "selection", "writeoff")),
    ]

    assert sorted(TRANSLATING) == sorted(speaking)


@pytest.mark.parametrize("folder", TRANSLATING)
def test_a_sentence_is_a_template_with_its_values_beside_it(folder: str) -> None:
    said = sayings(folder)

    assert said
    assert not [f"{one.place}: {ast.unparse(text)}" for one in said for text in one.spoilt]
    assert not [
        f"{one.place}: {sorted(one.values ^ needed)}"
        for one in said
        if one.is_whole and one.values is not None
        for needed in [frozenset[str]().union(*map(value_names, one.templates))]
        if one.values != needed
    ]


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("folder", TRANSLATING)
def test_every_sentence_is_translated_and_no_translation_is_left_over(folder: str, language: str) -> None:
    said = {template: one.place for one in sayings(folder) for template in one.templates if has_words(template)}

    translated = translations(folder.replace("/", "."), language)

    assert not {template: place for template, place in said.items() if template not in translated}
    assert not translated.keys() - said.keys()


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("folder", TRANSLATING)
def test_a_translation_takes_the_same_values_and_is_not_the_english(folder: str, language: str) -> None:
    translated = translations(folder.replace("/", "."), language)

    assert not {said: meant for said, meant in translated.items() if placeholders(said) != placeholders(meant)}
    assert not [said for said, meant in translated.items() if said == meant]
    assert not [said for said, meant in translated.items() if said.endswith(".") and not meant.endswith(".")]


@pytest.mark.parametrize(
    ("source", "is_spoilt"),
    [
        ('Refused("code", "No set {set_id}.", set_id=7)', False),
        ('Refused("code", f"No set {set_id}.")', True),
        ('Refused("code", "No " + name)', True),
        ('Refused("code", "None." if done else f"No {name}.")', True),
        ('Refused("code", "None.", remedy=f"Use {name}.")', True),
        ('Refused("code", ", ".join(names))', True),
        ('Refused("code", refusal.message)', False),
        ('Sentence(f"No {name}.")', True),
        ('CommandFailed(f"No {name}.")', True),
        ('def refuse():\n    message = "No set."\n    raise Refused("code", message)', False),
        ('def refuse():\n    message = f"No {name}."\n    raise Refused("code", message)', True),
    ],
)
def test_texts_that_are_put_together_are_recognised(source: str, *, is_spoilt: bool) -> None:
    (saying,) = said_in(ast.parse(source), "here")

    assert bool(saying.spoilt) is is_spoilt
