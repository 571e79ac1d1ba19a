"""The portal speaks English as completely as Chinese: the catalogue, the sources, and every page in English."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.template.base import Lexer, TokenType
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from casework import lines
from casework.jobs import run
from casework.models import RecordEvent
from casework.papers import issue_document
from casework.views import files
from mediation.documents import paper_context
from mediation.workflow import WORKFLOW
from offices.models import Membership, User, Village
from offices.permissions import Role
from offices.scoping import system, within
from tests.cast import CAST
from tests.conformance.sweep import OPEN, SWEEP
from tests.conformance.test_sweep import address, targets  # noqa: F401 - pytest finds the fixture by this name
from tests.conftest import find_member, sign_in
from tests.factories import PATHS, dispute_in, take_step
from tools.catalogue import LOCALE, entries, same
from tools.messages import ROOT, collected, is_translated, sources, written

ENGLISH = LOCALE / "en" / "LC_MESSAGES" / "django.po"
HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
# Chinese, and the punctuation that belongs to it.
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uff5e\U00020000-\U0003ffff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
# The marks of the other script between Chinese characters look wrong at once.
WRONG_MARK = re.compile(r"[\u3400-\u9fff][,:;?!()\[\]]|[,:;?!()\[\]][\u3400-\u9fff]")


# --- the catalogue ---------------------------------------------------------------------------------------------------


def test_every_message_is_translated() -> None:
    known = written(ENGLISH)
    missing = [message.id for key, message in collected().items() if not is_translated(message, known.get(key, {}))]
    assert not missing, "run tools/messages.py --write and translate"


def test_the_catalogue_holds_nothing_else() -> None:
    assert set(written(ENGLISH)) == set(collected()), "run tools/messages.py --write"


def test_the_compiled_catalogue_is_that_of_the_text() -> None:
    assert same(ENGLISH), "run tools/catalogue.py --write"


def translations() -> Iterator[tuple[str, str]]:
    """Yield each message with each of its translations."""
    for entry in entries(ENGLISH.read_text(encoding="utf-8")):
        if entry["msgid"]:
            yield from ((entry["msgid"], text) for name, text in entry.items() if name.startswith("msgstr"))


def test_translations_keep_the_placeholders() -> None:
    changed = [
        (message, text)
        for message, text in translations()
        if sorted(PLACEHOLDER.findall(message)) != sorted(PLACEHOLDER.findall(text))
    ]
    assert not changed


def test_translations_hold_no_chinese() -> None:
    assert not [text for _message, text in translations() if CHINESE.search(text)]


def test_buttons_and_labels_stay_short() -> None:
    """A Chinese character is as wide as two letters: what is a label in Chinese is one in English."""
    long = [(message, text) for message, text in translations() if len(message) <= 4 and len(text) > 34]
    assert not long


# --- the sources -----------------------------------------------------------------------------------------------------

# Python that is Chinese in every language: names of places and people, official papers and tables, demo texts.
CHINESE_MODULES = {
    "casework/names.py",
    "mediation/indicators.py",
    "offices/people_sheet.py",
    "reports/checks.py",
    "reports/content.py",
    "reports/report_pdf.py",
    "reports/report_xlsx.py",
    "reports/sheets.py",
    "reports/summary.py",
}
# Chinese that is read or stored, never shown as a word of the screen.
CHINESE_STRINGS = {
    "casework/documents.py": {"仿宋", "楷体", "黑体", "宋体", "小标宋"},
    "casework/forms.py": {r"^(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})日?$"},
    "casework/identifiers.py": {"‐‑‒–—―−转"},
    "casework/figures.py": {"省司法厅人民参与和促进法治处"},
    "casework/management/commands/import_calendar.py": {"是", "否", "调休上班", "国务院办公厅放假通知"},
    "casework/templatetags/casework.py": {"年", "月", "日"},
    "mediation/documents.py": {"元"},
    "mediation/services.py": {"（{year}）%s人调字第{n}号", "与"},
    "offices/divisions.py": {"居委会", "居民委员会"},
    "offices/forms.py": {"%Y年%m月%d日"},
    "offices/imports.py": {"山东省司法厅", "山东省", "司法局", "司法所"},
    "offices/models/office.py": {"居民委员会", "村民委员会", "居委会", "村委会", "委员会", "村"},
    "offices/secrecy.py": {".*?(?:村|社区|居委会|居民委员会)"},
    "offices/views/people_import.py": {"人员表模板.xlsx", "初始密码.xlsx"},
    "reports/editions.py": {"更正说明："},
}
MONEY = "casework/money.py"
MARKED = ("gettext", "gettext_lazy", "ngettext", "pgettext", "pgettext_lazy", "translate", "_")


def bare_strings(source: str) -> Iterator[str]:
    """Yield each Chinese string of a module outside translating calls and docstrings."""
    tree = ast.parse(source)
    marked: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKED:
            marked |= {id(part) for argument in node.args for part in ast.walk(argument)}
        elif isinstance(node, ast.Expr):
            marked.add(id(node.value))
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in marked else ""
        if isinstance(text, str) and HAN.search(text):
            yield text


def modules() -> list[str]:
    """Return the modules whose Chinese must be marked for translation."""
    found = (path.relative_to(ROOT).as_posix() for path in sources() if path.suffix == ".py")
    return [name for name in found if name not in {*CHINESE_MODULES, MONEY} and "/demo/" not in name]


def test_no_python_string_speaks_chinese_alone() -> None:
    bare = {
        name: wrong
        for name in modules()
        if (wrong := set(bare_strings((ROOT / name).read_text("utf-8"))) - CHINESE_STRINGS.get(name, set()))
    }
    assert not bare


def test_the_exceptions_are_still_needed() -> None:
    gone = {name for name in CHINESE_MODULES if not any(bare_strings((ROOT / name).read_text("utf-8")))}
    spent = {
        name: left
        for name, texts in CHINESE_STRINGS.items()
        if (left := texts - set(bare_strings((ROOT / name).read_text("utf-8"))))
    }
    assert not gone
    assert not spent


def bare_parts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each Chinese part of a template outside its translating tags and comments."""
    within_translation = within_comment = False
    for token in Lexer(path.read_text("utf-8")).tokenize():
        tag = token.split_contents()[0] if token.token_type == TokenType.BLOCK else ""
        within_translation = tag == "blocktranslate" or (within_translation and tag != "endblocktranslate")
        within_comment = tag == "comment" or (within_comment and tag != "endcomment")
        spoken = within_translation or within_comment or tag in {"translate", "endblocktranslate"}
        if not spoken and token.token_type != TokenType.COMMENT:
            # A default inside a variable is marked there: {{ label|default:_("…") }}.
            text = re.sub(r"""_\((["']).*?\1\)""", "", token.contents)
            if CHINESE.search(text):
                yield token.lineno, text.strip()


def test_no_template_speaks_chinese_alone() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sources()
        if path.suffix == ".html"
        for line, text in bare_parts(path)
    ]
    assert not bare


def test_no_script_speaks_chinese() -> None:
    assert not [path.name for path in (ROOT / "static" / "js").glob("*.js") if HAN.search(path.read_text("utf-8"))]


def test_chinese_text_has_chinese_marks() -> None:
    printed = [
        token.contents
        for path in (ROOT / "templates" / "print").rglob("*.html")
        for token in Lexer(path.read_text("utf-8")).tokenize()
        if token.token_type == TokenType.TEXT
    ]
    assert not [text for text in (*collected(), *printed) if WRONG_MARK.search(PLACEHOLDER.sub("n", text))]


def test_every_list_of_values_has_english_names() -> None:
    for line in lines.lines():
        named = [*line.indicators, *line.ratios]
        assert not [item.code for item in named if not item.name_en or HAN.search(item.name_en)]
        assert not [item.code for item in line.indicators if item.group and not item.group_en]
        assert not [form.code for form in line.forms if not form.title_en or HAN.search(form.title_en)]


@pytest.mark.django_db
def test_every_code_has_an_english_name() -> None:
    codes = apps.get_model("casework", "CodeValue").objects.all()
    assert codes
    assert not [code.code for code in codes if not code.name_en or HAN.search(code.name_en)]


# --- the pages -------------------------------------------------------------------------------------------------------

# Tables whose Chinese has an English twin, which the page must show.
TRANSLATED_TABLES = {"casework_codevalue", "reports_definition"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# What the made records hold in fields that the database keeps encrypted, and how a page masks an address.
TYPED = {"石门县石桥镇石桥村12号", "石门县石桥镇石桥村", "张三丰", "写到一半"}


class Spoken(HTMLParser):
    """Collects what a page says: texts and attributes, but nothing inside an element marked as Chinese."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.feed(html)
        self.close()

    def _chinese(self) -> bool:
        return any(marked for _tag, marked in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the attributes, and whether the element is marked as Chinese."""
        marked = (dict(attrs).get("lang") or "").startswith("zh")
        if not marked and not self._chinese():
            self.said += [value for _name, value in attrs if value]
        if tag not in VOID:
            self.open.append((tag, marked))

    def handle_endtag(self, tag: str) -> None:
        """Leave the element; one without an end tag ends with its parent."""
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if not self._chinese():
            in_script = bool(self.open) and self.open[-1][0] == "script" and data.strip()
            # JSON for scripts writes every character by its number.
            self.said.append(json.dumps(json.loads(data), ensure_ascii=False) if in_script else data)


def stored_texts() -> list[str]:
    """Return every text that the database holds, longest first: names, titles and notes stay as they were written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN ('text', 'character varying')"
            " AND has_column_privilege(quote_ident(table_name), column_name, 'SELECT')"
        )
        found = set(TYPED)
        for table, column in cursor.fetchall():
            if table not in TRANSLATED_TABLES:
                name = connection.ops.quote_name
                cursor.execute(f"SELECT DISTINCT {name(column)} FROM {name(table)} WHERE {name(column)} ~ '[^ -~]'")
                found |= {text for (text,) in cursor.fetchall()}
    found |= {village.short_name for village in Village.objects.all()}
    # A text of several lines is shown line by line.
    return sorted((line for text in found for line in text.splitlines() if len(line) > 1), key=len, reverse=True)


def left_chinese(html: str, data: list[str]) -> list[str]:
    """Return what a page says in Chinese beside the data that it shows."""
    # A person without a picture is shown by the first character of the name.
    initials = {text[0] for text in data}
    left = []
    for said in Spoken(html).said:
        if CHINESE.search(said) and said.strip() not in initials:
            for text in data:
                said = said.replace(text, "")
            if CHINESE.search(said):
                left.append(" ".join(said.split())[:80])
    return left


class Reader:
    """Opens pages in English and keeps what is Chinese in them."""

    def __init__(self) -> None:
        self.data: list[str] = []
        self.wrong: list[str] = []
        self.pages = 0

    def learn(self) -> None:
        """Read what the database holds now."""
        with system("language"):
            self.data = stored_texts()

    def look(self, client: Client, url: str, fields: Mapping[str, Any] | None = None) -> int:
        """Open a page, or post and follow; what the request wrote is undone. Return the last answer's code."""
        with transaction.atomic():
            answer: Any = client.get(url, follow=True) if fields is None else client.post(url, fields, follow=True)
            if answer.streaming:
                b"".join(answer.streaming_content)
            elif "html" in answer.headers.get("Content-Type", ""):
                if fields is not None:
                    self.learn()
                self.pages += 1
                self.wrong += [f"{url}: {text}" for text in left_chinese(answer.content.decode(), self.data)]
            transaction.set_rollback(True)
        return int(answer.status_code)


@pytest.fixture
def reader(today: Any, database: None, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Give a reader of pages in a town whose people all read English."""
    User.objects.update(language="en")
    # Nobody works on jobs here: their page need not wait.
    monkeypatch.setattr(files, "PATIENCE_SECONDS", 0)
    return Reader()


def english(membership: Membership | None = None) -> Client:
    """Return a client that reads English, signed in or not."""
    client = sign_in(membership) if membership else Client()
    client.cookies["django_language"] = "en"
    return client


# One member of each role, in the line above the clerk's office.
VIEWERS = {person.role: name for name, person in reversed(CAST.items()) if person.is_active and not person.valid_until}


@pytest.mark.parametrize("role", sorted(Role))
def test_every_page_of_a_role_is_english(role: Role, reader: Reader, request: pytest.FixtureRequest) -> None:
    target = request.getfixturevalue("targets")["clerk"]
    client = english(find_member(VIEWERS[role]))
    reader.learn()
    for name, sweep in SWEEP.items():
        for entry in sweep:
            if role in entry.roles:
                fields = entry.data(target) if entry.method == "post" else None
                code = reader.look(client, address(name, entry, target if entry.target else None), fields)
                assert code == (200 if entry.code == 303 else entry.code), name
            if name == "sign_out":
                client = english(find_member(VIEWERS[role]))
    assert reader.pages > 10
    assert not reader.wrong, "\n".join(reader.wrong)


@pytest.mark.parametrize("state", sorted(PATHS))
def test_a_record_is_english_in_every_state(state: str, reader: Reader, clerk: Membership) -> None:
    dispute = dispute_in(state, actor=clerk)
    client = english(find_member("head"))
    reader.learn()
    detail = reverse("disputes:detail", args=[dispute.public_id])
    for url in (detail, f"{detail}?tab=log", reverse("home"), reverse("disputes:list")):
        assert reader.look(client, url) == 200
    for transition in WORKFLOW.possible(state):
        step = reverse("disputes:step", args=[dispute.public_id, transition.code])
        assert reader.look(client, step) == 200
        assert reader.look(client, step, {}) == 422
    for paper in lines.record_type("mediation.dispute").documents:
        reader.look(client, reverse("disputes:make_document", args=[dispute.public_id, paper.code]))
        reader.look(client, reverse("disputes:make_document", args=[dispute.public_id, paper.code]), {})
    assert not reader.wrong, "\n".join(reader.wrong)


WRONG_PARTIES = [
    {"name": "3", "identifier": "1", "phone": "1"},
    {"name": "", "identifier": "11010519491231002X", "phone": "138"},
    {"kind": "organisation", "identifier": "O" * 18, "amount": "-1"},
    {"identifier": "1" * 18, "phone": "12345678", "amount": "1,2", "occurred_on": "2027-01-01"},
    {"identifier": "1" * 15, "phone": "0531", "amount": "x", "occurred_on": "1900-01-01"},
]


@pytest.mark.parametrize("wrong", WRONG_PARTIES)
def test_what_is_wrong_with_a_form_is_said_in_english(reader: Reader, clerk: Membership, wrong: dict[str, str]) -> None:
    party = {"role": "applicant", "kind": "person", "name": "张三丰", **wrong}
    fields = {f"parties-{number}-{name}": value for number in (0, 1) for name, value in party.items()}
    fields |= {"parties-TOTAL_FORMS": "2", "parties-INITIAL_FORMS": "2", **wrong}
    assert reader.look(english(clerk), reverse("disputes:open"), fields) == 422
    assert not reader.wrong, "\n".join(reader.wrong)


def test_queries_drafts_and_late_records_are_english(reader: Reader, clerk: Membership) -> None:
    dispute_in("accepted", actor=clerk, on=date(2026, 3, 2))
    client = english(clerk)
    client.post(reverse("disputes:open_draft"), {"brief": "写到一半"})
    reader.learn()
    listed = reverse("disputes:list")
    queries = ("state=open&dispute_type=neighbourhood&since=2026-01-01", "number=1", "since=x", "is_difficult=true")
    pages = [*(f"{listed}?{query}" for query in queries), reverse("home"), f"{reverse('home')}?group=late"]
    for url in (*pages, reverse("drafts"), reverse("disputes:open"), f"{reverse('disputes:open')}?draft=continue"):
        assert reader.look(client, url) == 200
    assert not reader.wrong, "\n".join(reader.wrong)


def test_strangers_and_refusals_are_english(reader: Reader, clerk: Membership) -> None:
    reader.learn()
    for name in OPEN:
        assert reader.look(english(), reverse(name)) == 200
    assert reader.look(english(), reverse("sign_in"), {"username": "clerk", "password": "wrong"}) == 422
    assert reader.look(english(clerk), reverse("people")) == 403
    assert reader.look(english(clerk), "/nowhere/") == 404
    assert not reader.wrong, "\n".join(reader.wrong)


# --- what stays Chinese ----------------------------------------------------------------------------------------------


def test_what_an_english_screen_stores_is_chinese(clerk: Membership, today: Any) -> None:
    with override("en"):
        dispute = dispute_in("rejected", actor=clerk)
    with within(clerk):
        notes = [event.note for event in RecordEvent.objects.filter(record_id=dispute.pk)]
    assert dispute.title.endswith("邻里纠纷")
    assert "不属于民间纠纷。已告知向仲裁机构申请。" in notes


def test_an_official_paper_is_chinese_for_an_english_screen(clerk: Membership, today: Any) -> None:
    dispute = dispute_in("agreed_written", actor=clerk)
    with within(clerk), override("en"):
        shown = paper_context(dispute)["dispute"]
    assert (shown["type_label"], shown["source_label"]) == ("邻里纠纷", "依申请调解")
    assert [party["role_label"] for party in shown["parties"]] == ["申请人", "被申请人"]


def test_a_job_answers_in_the_language_of_the_person_who_asked(clerk: Membership, today: Any) -> None:
    User.objects.filter(pk=clerk.user_id).update(language="en")
    dispute = dispute_in("registered", actor=clerk)
    with within(clerk):
        asked = issue_document(record=dispute, actor=clerk, code="registration")
    take_step(dispute, "reject", actor=clerk, on=today)
    run(asked.pk)
    with within(clerk):
        asked.refresh_from_db()
    assert asked.message == "“Mediation acceptance form” cannot be made in the present state."
