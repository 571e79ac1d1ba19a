"""The portal speaks English as completely as Chinese: the catalogue, the sources, and what stays Chinese all the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.template.base import Lexer, TokenType
from django.utils.translation import override

from casework import lines
from casework.jobs import run
from casework.models import RecordEvent
from casework.papers import issue_document
from mediation.documents import paper_context
from offices.models import Membership, User
from offices.scoping import within
from tests.english import CHINESE, HAN
from tests.factories import dispute_in, take_step
from tools.catalogue import LOCALE, entries, same
from tools.messages import ROOT, collected, is_translated, sources, written

ENGLISH = LOCALE / "en" / "LC_MESSAGES" / "django.po"
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
    # What has to be typed into a sheet, whatever the language of the screen.
    typed = "“是”"
    assert not [text for _message, text in translations() if CHINESE.search(text.replace(typed, ""))]


def test_buttons_and_labels_stay_short() -> None:
    """A Chinese character is as wide as two letters: what is a label in Chinese is one in English."""
    long = [(message, text) for message, text in translations() if len(message) <= 4 and len(text) > 34]
    assert not long


# --- the sources -----------------------------------------------------------------------------------------------------

# Python that is Chinese in every language: names of places and people, official papers and tables, demo texts.
CHINESE_MODULES = {
    "casework/imports/books.py",
    "casework/imports/reading.py",
    "casework/names.py",
    "mediation/declarations/ledgers.py",
    "mediation/indicators/case_checks.py",
    "mediation/indicators/case_codes.py",
    "mediation/indicators/case_memo.py",
    "mediation/indicators/cases.py",
    "mediation/indicators/handed.py",
    "mediation/indicators/headlines.py",
    "mediation/indicators/organisations.py",
    "mediation/indicators/screening.py",
    "mediation/imports/columns.py",
    "mediation/imports/words.py",
    "offices/people_sheet.py",
    "reports/quality_form.py",
    "reports/checks.py",
    "reports/content.py",
    "reports/report_pdf.py",
    "reports/report_xlsx.py",
    "reports/sheets.py",
    "reports/summary.py",
    "reports/volatility.py",
    "reports/volume.py",
    "reports/volume_data.py",
    "reports/volume_pdf.py",
    "reports/volume_reading.py",
    "reports/volume_xlsx.py",
    "reports/volumes.py",
    "reports/year_to_date.py",
}
# Chinese that is read or stored, never shown as a word of the screen.
CHINESE_STRINGS = {
    "casework/dated/calendar.py": {
        r"^(?P<first>[\d./年月日-]+?)(?:\s*(?:至|到|—+|–|~|～)\s*(?P<last>[\d./年月日-]+))?(?:\s+(?P<note>.*))?$",
        r"^(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})日?$",
    },
    "reports/sheet_corrections.py": {"%Y年%-m月"},
    "reports/verifying.py": {r"校验码\s*([0-9a-f]{16})"},
    "casework/documents.py": {"仿宋", "楷体", "黑体", "宋体", "小标宋"},
    "casework/form_fields.py": {r"^(?:(\d{4})[-./年])?(\d{1,2})[-./月](\d{1,2})日?$"},
    "casework/identifiers.py": {"‐‑‒–—―−转"},
    "casework/imports/columns.py": {"是", "否"},
    "casework/ledger_printing.py": {
        *("全部记录", "已遮盖：", "序号", "按权限不显示："),
        *("另有作废：", "（作废）", "，不计入合计"),
    },
    "casework/void_mark.py": {"作废", "作废_"},
    "casework/ledgers.py": {"人", "件", "司法所", "年", "日", "月", "等"},
    "casework/views/imports.py": {"导入模板.xlsx", "标注", "错误行"},
    "casework/figures.py": {"省司法厅人民参与和促进法治处"},
    "casework/management/commands/import_calendar.py": {"是", "否", "调休上班", "国务院办公厅放假通知"},
    "casework/templatetags/casework.py": {"年", "月", "日"},
    "casework/tokens.py": {r"[与、，,；;\s]+"},
    "mediation/declarations/disputes.py": {r"(与|和|、|，|,|/|\band\b|\bvs?\.)"},
    "mediation/services/results.py": {"退回："},
    "mediation/services/alerts.py": {"的时限未签收，升级督办", "超过", "预警"},
    "mediation/services/confirmations.py": {"司法确认"},
    "mediation/services/reviews.py": {"民转刑倒查"},
    "mediation/services/disputes.py": {"（{year}）%s人调字第{n}号", "与"},
    "offices/divisions.py": {"居委会", "居民委员会"},
    "reports/words.py": {"件", "人", "人次", "个", "户", "次", "期", "万元", "年1—", "月"},
    "offices/forms.py": {"%Y年%m月%d日"},
    "offices/changes.py": {"司法局", "司法所"},
    "offices/imports.py": {"山东省司法厅", "山东省", "司法局", "司法所"},
    "offices/models/office.py": {"居民委员会", "村民委员会", "居委会", "村委会", "委员会", "村"},
    "offices/secrecy.py": {".*?(?:村|社区|居委会|居民委员会)"},
    "offices/views/people_import.py": {"人员表模板.xlsx", "初始密码.xlsx"},
    "reports/editions.py": {"更正说明：", "统计期间：", "至"},
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
                yield token.lineno or 0, text.strip()


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
        named: list[Any] = [*line.indicators, *line.ratios]
        assert not [item.code for item in named if not item.name_en or HAN.search(item.name_en)]
        assert not [item.code for item in line.indicators if item.group and not item.group_en]
        assert not [form.code for form in line.forms if not form.title_en or HAN.search(form.title_en)]


@pytest.mark.django_db
def test_every_code_has_an_english_name() -> None:
    codes = apps.get_model("casework", "CodeValue").objects.all()
    assert codes
    assert not [code.code for code in codes if not code.name_en or HAN.search(code.name_en)]


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
