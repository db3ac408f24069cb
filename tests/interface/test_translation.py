"""The languages: choosing one, keeping it apart, and catalogs without gaps."""

import gettext
import importlib.util
import io
import locale
import re
import threading
from pathlib import Path
from types import ModuleType

import polib
import pytest

from orquestrador.interface.translation import (
    LANGUAGES,
    N_,
    _,
    choose,
    label_code,
    label_name,
    ngettext,
    using,
)
from orquestrador.reports.labels import (
    HYGIENE,
    KINDS,
    LABELS,
    RISK,
    STRATEGIES,
)


def _load_tool() -> ModuleType:
    path = Path(__file__).with_name("update_translations.py")
    spec = importlib.util.spec_from_file_location("update_translations", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = _load_tool()
PORTUGUESE = choose("pt_BR", {})
ENGLISH = choose("en", {})


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "pt_BR.UTF-8"}, "pt_BR"),
        ({"LANG": "pt_BR"}, "pt_BR"),
        ({"LANG": "pt_PT@euro"}, "pt_BR"),
        ({"LANG": "pt"}, "pt_BR"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "ptx"}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LC_MESSAGES": "pt_BR", "LANG": "en_US"}, "pt_BR"),
        ({"LC_ALL": "en_US", "LC_MESSAGES": "pt_BR"}, "en"),
        ({"LC_ALL": "", "LANG": "pt_BR"}, "pt_BR"),
    ],
)
def test_the_locale_s_variables_choose_the_language(
    environment: dict[str, str], language: str
) -> None:
    assert choose(None, environment).language == language


def test_what_the_user_says_goes_before_the_locale() -> None:
    assert choose("en", {"LC_ALL": "pt_BR"}).language == "en"
    assert choose("pt_BR", {"LC_ALL": "en_US"}).language == "pt_BR"


def test_without_any_variable_the_menus_of_windows_decide(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "orquestrador.interface.translation._windows_language"
    monkeypatch.setattr(name, lambda: locale.windows_locale[0x0416])

    assert choose(None, {}).language == "pt_BR"
    assert choose(None, {"LANG": "en_US"}).language == "en"


def test_a_language_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="'fr' is no language here; say en or pt_BR"):
        choose("fr", {})


def test_the_spoken_language_holds_inside_its_with_only() -> None:
    assert _("Indicator") == "Indicator"
    with using(PORTUGUESE):
        assert _("Indicator") == "Indicador"
        with using(ENGLISH):
            assert _("Indicator") == "Indicator"
        assert _("Indicator") == "Indicador"
    assert _("Indicator") == "Indicator"


def test_two_threads_speak_two_languages_at_once() -> None:
    both_inside = threading.Barrier(2, timeout=30)
    spoken: dict[str, str] = {}

    def speak(language: str) -> None:
        with using(choose(language, {})):
            both_inside.wait()
            spoken[language] = _("Indicator")
            both_inside.wait()

    threads = [threading.Thread(target=speak, args=(each,)) for each in LANGUAGES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert spoken == {"en": "Indicator", "pt_BR": "Indicador"}


def test_the_process_s_locale_stays_as_it_was() -> None:
    before = locale.setlocale(locale.LC_ALL)

    with using(choose("pt_BR", {})):
        _("Indicator")

    assert locale.setlocale(locale.LC_ALL) == before


def test_a_text_without_a_translation_stays_english() -> None:
    assert PORTUGUESE.gettext("not in any catalog") == "not in any catalog"
    assert PORTUGUESE.gettext("") == ""


def test_plurals_follow_each_language() -> None:
    def files(count: int) -> str:
        return ngettext("%(count)s file", "%(count)s files", count)

    assert [files(count) for count in (0, 1, 2)] == [
        "%(count)s files",
        "%(count)s file",
        "%(count)s files",
    ]
    with using(PORTUGUESE):
        assert [files(count) for count in (0, 1, 2)] == [
            "%(count)s arquivo",
            "%(count)s arquivo",
            "%(count)s arquivos",
        ]


@pytest.mark.parametrize(
    ("value", "decimals", "english", "portuguese"),
    [
        (12196, 0, "12,196", "12.196"),
        (487.25, 1, "487.2", "487,2"),
        (1234567.5, 2, "1,234,567.50", "1.234.567,50"),
        (0, 0, "0", "0"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(
    value: float, decimals: int, english: str, portuguese: str
) -> None:
    assert ENGLISH.number(value, decimals) == english
    assert PORTUGUESE.number(value, decimals) == portuguese


def test_a_marked_text_is_translated_later() -> None:
    marked = N_("Indicator")

    assert marked == "Indicator"
    assert PORTUGUESE.gettext(marked) == "Indicador"


@pytest.mark.parametrize(
    ("code", "english", "portuguese"),
    [
        ("breakout", "Breakout", "Rompimento"),
        ("mean_reversion", "Mean reversion", "Reversão à média"),
        ("service", "Service", "Serviço"),
        ("expert", "Expert Advisor", "Expert Advisor"),
        ("from_a_newer_program", "from_a_newer_program", "from_a_newer_program"),
    ],
)
def test_a_code_has_a_name_in_each_language(
    code: str, english: str, portuguese: str
) -> None:
    assert label_name(code, ENGLISH) == english
    assert label_name(code, PORTUGUESE) == portuguese


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("rompimento", "breakout"),
        ("Rompimento", "breakout"),
        ("breakout", "breakout"),
        ("reversao a media", "mean_reversion"),
        ("Reversão-à-média", "mean_reversion"),
        ("mean_reversion", "mean_reversion"),
        ("seguidor de tendencia", "trend_following"),
        ("aprendizado_de_maquina", "machine_learning"),
        ("smc/ict", "smc_ict"),
        ("price action", "price_action"),
        ("horario", "session_time"),
        ("sei la", None),
        ("", None),
        ("expert", None),
    ],
)
def test_a_person_s_word_finds_the_code(text: str, code: str | None) -> None:
    assert label_code(text, STRATEGIES) == code


@pytest.mark.parametrize("codes", [STRATEGIES, KINDS, RISK, HYGIENE])
def test_every_name_finds_its_own_code_again(codes: dict[str, str]) -> None:
    for code in codes:
        for language in (ENGLISH, PORTUGUESE):
            assert label_code(label_name(code, language), codes) == code


def test_every_label_of_the_taxonomy_has_a_name() -> None:
    assert len(STRATEGIES) == 18
    assert len(KINDS) == 8
    assert len(RISK) == 15
    assert len(HYGIENE) == 8
    assert all(LABELS.values())


# What follows keeps the catalogs whole; docs/translating.md says how to mend them.


@pytest.fixture(params=tool.CATALOGS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def catalog(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def current(catalog: Path) -> Path:
    """A catalog of texts that are at hand: another click says other things."""
    noted = polib.pofile(str(catalog)).metadata["Project-Id-Version"]
    if catalog.stem == "click" and noted != tool.click_release():
        pytest.skip(f"translated is {noted}, installed {tool.click_release()}")
    return catalog


def test_there_is_a_catalog_for_every_language_but_english() -> None:
    assert [(path.parts[-3], path.stem) for path in tool.CATALOGS] == [
        (each, domain)
        for each in LANGUAGES
        if each != "en"
        for domain in ("click", "orquestrador")
    ]


def test_no_text_of_the_source_is_missing_in_a_catalog(current: Path) -> None:
    there = {tool.key(entry) for entry in polib.pofile(str(current))}

    missing = {
        f"{place}: {text.singular}"
        for text, place in tool.texts(current).items()
        if text not in there
    }
    assert missing == set()


def test_no_entry_is_left_of_a_text_that_is_gone(current: Path) -> None:
    unused = {tool.key(entry) for entry in polib.pofile(str(current))}

    assert unused - set(tool.texts(current)) == set()
    assert polib.pofile(str(current)).obsolete_entries() == []


def test_no_entry_is_empty_or_a_guess(catalog: Path) -> None:
    entries = polib.pofile(str(catalog))

    assert [entry.msgid for entry in entries if tool.untranslated(entry)] == []


def test_translations_fill_in_what_the_originals_fill_in(catalog: Path) -> None:
    def blanks(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)\w|%[sdr%]|\{\w*[^}]*\}", text))

    for entry in polib.pofile(str(catalog)):
        allowed = blanks(entry.msgid) | blanks(entry.msgid_plural)
        for text in entry.msgstr_plural.values() or [entry.msgstr]:
            assert blanks(text) <= allowed, entry.msgid
            if not entry.msgid_plural:
                assert blanks(text) == allowed, entry.msgid


def test_the_compiled_catalog_is_the_written_one(catalog: Path) -> None:
    written = polib.pofile(str(catalog)).to_binary()
    compiled = catalog.with_suffix(".mo").read_bytes()

    def texts(data: bytes) -> object:
        return vars(gettext.GNUTranslations(io.BytesIO(data)))["_catalog"]

    assert texts(compiled) == texts(written)


def test_the_tool_finds_texts_in_modules_and_templates(tmp_path: Path) -> None:
    module = tmp_path / "some.py"
    module.write_text(
        '_("one" " text")\nself.gettext("two")\nngettext("a", "b", n)\n_(variable)\n'
        'N_("later")\nother("no")\n',
        encoding="utf-8",
    )
    template = tmp_path / "page.html"
    template.write_text(
        '{{ _("three") }}{{ ngettext("c", "d", n) }}{{ _(x) }}', encoding="utf-8"
    )

    assert [tuple(text) for text in tool._python_texts(module)] == [
        ("one text", ""),
        ("two", ""),
        ("a", "b"),
        ("later", ""),
    ]
    assert [tuple(text) for text in tool._template_texts(template)] == [
        ("three", ""),
        ("c", "d"),
    ]


def test_the_page_is_given_the_texts_of_its_scripts() -> None:
    assert tool.PAGE_TEXTS.read_text(encoding="utf-8") == tool.page_texts()


def test_the_tool_finds_texts_in_scripts(tmp_path: Path) -> None:
    script = tmp_path / "some.js"
    script.write_text(
        '`${_("zero")}: ${x}`; _("one", { a: 1 }); ngettext("a", "b", n); _(x.y); '
        'N_("later"); // _("no")\n',
        encoding="utf-8",
    )
    assert [tuple(text) for text in tool._script_texts(script)] == [
        ("zero", ""),
        ("one", ""),
        ("a", "b"),
        ("later", ""),
    ]
    script.write_text("_(`${count} files`)", encoding="utf-8")
    with pytest.raises(TypeError, match=r"line 1: a blank in _\(\)"):
        list(tool._script_texts(script))


def test_the_tool_refuses_a_text_that_cannot_be_looked_up(tmp_path: Path) -> None:
    module = tmp_path / "some.py"
    module.write_text('\n_(f"{count} files")\n', encoding="utf-8")

    with pytest.raises(TypeError, match=r"line 2: an f-string in _\(\)"):
        list(tool._python_texts(module))
