"""The print engine reads nothing of the server, calls nobody, knows every name, and draws the same bytes again."""

from __future__ import annotations

import gc
import io
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pypdf
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import TemplateDoesNotExist
from django.utils import translation
from pytest_django.fixtures import Settings
from weasyprint import HTML
from weasyprint.urls import URLFetcher

from casework.documents import OwnFilesFetcher, RefusedResourceError, RenderedPdf, own_files, render_pdf

ROOT = Path(__file__).resolve().parents[2]
CREATED = datetime(2026, 3, 5, 1, 30, tzinfo=UTC)
RARE = "𠮷㐂喆堃犇祎玥旻璟赟瑀珺芃镕䶮㛃"
SECRET = "canary-of-the-server"
BODY_CLASSES = ("", "report", "paper")

# {server} answers over HTTP, /redirect there leads to {file}; {file} is a file of the server.
PAYLOADS = {
    "image over http": '<img src="{server}/a.png">',
    "image from a file": '<img src="{file}">',
    "sheet over http": '<link rel="stylesheet" href="{server}/a.css">',
    "sheet from a file": '<link rel="stylesheet" href="{file}">',
    "attachment from a file": '<link rel="attachment" href="{file}">',
    "link to an attachment": '<a rel="attachment" href="{file}">x</a>',
    "import from a file": "<style>@import url({file});</style>",
    "import over http": "<style>@import '{server}/b.css';</style>",
    "background from a file": '<div style="background:url({file})">x</div>',
    "generated content": "<style>p::before{{content:url({server}/c.png)}}</style><p>x</p>",
    "list mark": '<ul style="list-style-image:url({file})"><li>x</li></ul>',
    "font from a file": "<style>@font-face{{font-family:f;src:url({file})}}</style><p style='font-family:f'>x</p>",
    "font over http": "<style>@font-face{{font-family:f;src:url({server}/f.ttf)}}</style><p>x</p>",
    "object from a file": '<object data="{file}">x</object>',
    "embed over http": '<embed src="{server}/e.svg">',
    "picture within a drawing": '<svg width="9" height="9"><image href="{file}" width="9" height="9"/></svg>',
    "redirect to a file": '<img src="{server}/redirect">',
    "base address": '<base href="{server}/"><img src="d.png">',
    "drawing in a data address": (
        "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
        "<image href='{file}' width='9' height='9'/></svg>\">"
    ),
}

opened: list[str] = []
watching = threading.Event()


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if watching.is_set() and event == "open":
        opened.append(str(arguments[0]))


# An audit hook sees every file that is opened, by whatever way; it cannot be taken away, so it listens on demand only.
sys.addaudithook(_watch)


class Target:
    """What a payload may try to reach: a file of the server and a machine beside it."""

    def __init__(self, file: Path, server: ThreadingHTTPServer, calls: list[str]) -> None:
        self.file = file
        self.calls = calls
        self.server = f"http://127.0.0.1:{server.server_address[1]}"

    def page(self, payload: str) -> str:
        return payload.format(file=self.file.as_uri(), server=self.server)

    def was_touched(self) -> bool:
        return bool(self.calls) or str(self.file) in opened


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    calls: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(302 if self.path == "/redirect" else 404)
            self.send_header("Location", file.as_uri())
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        opened.clear()
        watching.set()
        yield Target(file, server, calls)
        watching.clear()
        server.shutdown()
        thread.join()


@pytest.fixture
def typed(settings: Settings) -> Settings:
    """Templates of this module: `page` prints its text as HTML, as if escaping had been forgotten."""
    pages = {
        "page": "{% extends 'print/base.html' %}{% block kind %}{{ kind }}{% endblock %}"
        "{% block body %}{% autoescape off %}{{ text }}{% endautoescape %}{% endblock %}",
        "print/base.html": (ROOT / "templates" / "print" / "base.html").read_text(),
    }
    loaders = [("django.template.loaders.locmem.Loader", pages)]
    settings.TEMPLATES = [
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": loaders}}
    ]
    return settings


def render(text: str, kind: str = "") -> RenderedPdf:
    return render_pdf("page", {"text": text, "kind": kind}, title="测试", created=CREATED)


def text_of(rendered: RenderedPdf) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(rendered.content)).pages)


@pytest.mark.parametrize("name", PAYLOADS)
def test_no_payload_reads_a_file_or_calls_out(
    name: str, typed: Settings, target: Target, caplog: pytest.LogCaptureFixture
) -> None:
    rendered = render(target.page(PAYLOADS[name]))
    assert not target.was_touched()
    assert SECRET.encode() not in rendered.content
    assert SECRET not in text_of(rendered)
    logged = [record for record in caplog.records if record.name == "casework.documents"]
    assert logged
    assert all(str(target.file) not in record.getMessage() for record in logged)


@pytest.mark.parametrize("name", PAYLOADS)
def test_the_same_payload_reaches_its_target_without_our_fetcher(name: str, target: Target) -> None:
    HTML(string=target.page(PAYLOADS[name]), url_fetcher=URLFetcher()).write_pdf()
    assert target.was_touched()


@pytest.mark.parametrize(
    "address",
    [
        "own:../settings.py",
        "own:%2e%2e/print.css",
        "own:",
        "OWN:print.css",
        "file:///etc/hostname",
        "ftp://a/b",
        "print.css",
    ],
)
def test_only_the_named_files_are_served(address: str) -> None:
    with pytest.raises(RefusedResourceError):
        OwnFilesFetcher(own_files()).fetch(address)


def test_a_refusal_is_logged_by_its_kind_alone(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(RefusedResourceError):
        OwnFilesFetcher({}).fetch("https://example.org/张三-370102")
    assert "https" in caplog.text
    assert "张三" not in caplog.text


def test_own_style_and_data_addresses_are_served(typed: Settings) -> None:
    fetcher = OwnFilesFetcher(own_files())
    assert b"@page" in fetcher.fetch("own:print.css").read()
    assert fetcher.fetch("data:text/plain,abc").read() == b"abc"


@pytest.mark.parametrize("kind", BODY_CLASSES)
def test_rare_characters_have_a_shape_in_every_type(kind: str, typed: Settings) -> None:
    types = (f"<h1>{RARE}</h1>", f"<h2>{RARE}</h2>", f"<h3>{RARE}</h3>", f"<p>{RARE}</p>")
    table = f'<table class="grid"><tr class="total"><td>{RARE}</td></tr></table>'
    rendered = render("".join(types) + table, kind)
    assert rendered.missing_characters == ""
    assert re.sub(r"\s|第.*页", "", text_of(rendered)).count(RARE) == 5


def test_every_name_of_the_divisions_has_a_shape(typed: Settings) -> None:
    files = [*ROOT.glob("*/data/divisions/*.csv"), *ROOT.glob("data/divisions/*.csv")]
    assert {file.name for file in files} >= {"cities.csv", "counties.csv", "townships.csv", "villages.csv"}
    names = "".join(sorted(set("".join(file.read_text(encoding="utf-8") for file in files)) - set("\r\n,")))
    rendered = render(f"<h1>{names}</h1><h2>{names}</h2><h3>{names}</h3><p>{names}</p>")
    assert rendered.missing_characters == ""
    assert set(names) <= set(text_of(rendered))


def test_a_character_without_a_shape_is_reported(typed: Settings, caplog: pytest.LogCaptureFixture) -> None:
    rendered = render("<p>甲\U000e1234乙</p>")
    assert rendered.missing_characters == "\U000e1234"
    assert "1 characters have no glyph" in caplog.text


def test_a_font_of_the_licensed_folder_is_used_and_named(typed: Settings, tmp_path: Path) -> None:
    source = next(Path("/usr/share/fonts").rglob("LXGWWenKai-Regular.ttf"))
    (tmp_path / "仿宋.ttf").symlink_to(source)
    (tmp_path / "other.ttf").symlink_to(source)
    typed.FONTS_DIR = str(tmp_path)
    assert set(own_files()) == {"print.css", "仿宋.ttf"}
    assert "FangSong_GB2312" in render("<p>人民调解</p>").fonts
    typed.FONTS_DIR = ""
    assert "FangSong_GB2312" not in render("<p>人民调解</p>").fonts


def test_a_missing_font_folder_is_named(typed: Settings, tmp_path: Path) -> None:
    typed.FONTS_DIR = str(tmp_path / "absent")
    with pytest.raises(ImproperlyConfigured, match="absent"):
        own_files()


def test_the_file_is_archival_tagged_and_chinese(typed: Settings) -> None:
    rendered = render("<h1>标题</h1>")
    reader = pypdf.PdfReader(io.BytesIO(rendered.content))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "zh-CN"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert 'pdfaid:part="3"' in metadata
    assert 'pdfaid:conformance="A"' in metadata
    assert reader.metadata is not None
    assert reader.metadata.title == "测试"
    assert reader.metadata.creation_date == CREATED
    assert rendered.engine.startswith("WeasyPrint 70.0, Pango ")


def test_collection_is_on_again_even_after_a_failure(typed: Settings) -> None:
    render("<p>x</p>")
    assert gc.isenabled()
    with pytest.raises(TemplateDoesNotExist):
        render_pdf("absent", {}, title="x", created=CREATED)
    assert gc.isenabled()


def test_a_naive_moment_is_refused(typed: Settings) -> None:
    with pytest.raises(ValueError, match="aware"):
        render_pdf("page", {"text": ""}, title="x", created=CREATED.replace(tzinfo=None))


DRAW = """
import django
django.setup()
from tests.casework.test_documents import paper
print(paper("agreement").sha256)
"""


def paper(name: str, **changes: Any) -> RenderedPdf:
    context = {
        "dispute": SimpleNamespace(**(vars(dispute()) | changes)),
        "issued_at": CREATED,
        "document_number": "（2026）张庄镇人调字第12号",
        "copy_label": "当事人留存",
    }
    return render_pdf(f"print/mediation/{name}.html", context, title="x", created=CREATED)


def dispute() -> SimpleNamespace:
    agreement = SimpleNamespace(
        facts="双方因宅基地边界发生争执。\n争议事项为院墙是否拆除。",
        terms=["乙方拆除院墙；", "双方今后不得再起争执。"],
        performance_way="当场履行",
        performance_due=date(2026, 10, 31),
        amount_text="3,200.00元",
        amount_capitals="人民币叁仟贰佰元整",
        copies=3,
        signed_on=date(2026, 10, 9),
        effective_on=date(2026, 10, 9),
    )
    return SimpleNamespace(
        number="（2026）张庄镇人调字第12号",
        name="张𠮷与某公司邻里纠纷",
        registered_on=date(2026, 10, 1),
        accepted_on=date(2026, 10, 3),
        source_label="依申请调解",
        source_is_application=True,
        type_label="邻里纠纷",
        brief="双方因宅基地边界发生争执。",
        claims="一、拆除院墙；",
        committee_name="张庄镇人民调解委员会",
        mediators=["王建国", "赵敏"],
        recorder="孙丽",
        place="张庄镇前张村",
        parties=[
            party(role_label="申请人", name="张𠮷喆", sex="男", ethnicity="汉族", age=45, occupation="农民"),
            party(
                kind="organisation",
                role_label="被申请人",
                name="某某建筑有限公司",
                credit_code="91370000MA3ABCDE1X",
                legal_representative="李四",
                representative="周全",
            ),
        ],
        agreement=agreement,
    )


def party(**changes: Any) -> SimpleNamespace:
    empty = dict.fromkeys(
        ("sex", "ethnicity", "occupation", "credit_code", "legal_representative", "representative"), ""
    )
    base = {"kind": "person", "age": None, "phone": "138****5678", "address": "前张村18号"}
    return SimpleNamespace(**(empty | base | {"id_number_masked": "370***********1234"} | changes))


def test_the_same_input_gives_the_same_bytes_in_another_process() -> None:
    digests = {paper("agreement").sha256}
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        drawn = subprocess.run([sys.executable, "-c", DRAW], env=environment, cwd=ROOT, capture_output=True, text=True)
        assert drawn.returncode == 0, drawn.stderr
        digests.add(drawn.stdout.strip())
    assert len(digests) == 1


def test_the_registration_form_holds_what_the_ministry_asks() -> None:
    text = text_of(paper("registration_form"))
    flat = text.replace("\n", "").replace(" ", "")
    assert "2026年10月3日，张庄镇人民调解委员会经当事人同意，调解张𠮷喆、某某建筑有限公司之间的纠纷。" in flat
    for field in (
        "姓名张𠮷喆",
        "性别男",
        "民族汉族",
        "年龄45",
        "职业或职务农民",
        "联系方式138****5678",
        "单位或住址前张村18号",
    ):
        assert field in flat
    for field in (
        "纠纷类型邻里纠纷",
        "√①当事人申请",
        "②人民调解委员会主动调解",
        "纠纷简要情况",
        "当事人（签名）",
        "登记人（签名）",
    ):
        assert field in flat
    assert "（人民调解委员会印章）" in flat
    assert "备注：此表由人民调解委员会填写。" in flat


def test_a_case_taken_up_by_the_committee_is_ticked_so() -> None:
    flat = text_of(paper("registration_form", source_is_application=False, source_label="主动调解")).replace("\n", "")
    assert "√②人民调解委员会主动调解" in flat.replace(" ", "")


def test_the_agreement_holds_what_the_ministry_asks() -> None:
    flat = text_of(paper("agreement")).replace("\n", "").replace(" ", "")
    for field in (
        "编号：（2026）张庄镇人调字第12号",
        "名称某某建筑有限公司",
        "统一社会信用代码91370000MA3ABCDE1X",
        "法定代表人李四",
        "纠纷主要事实、争议事项双方因宅基地边界发生争执。争议事项为院墙是否拆除。",
        "经调解，自愿达成如下协议",
        "乙方拆除院墙；",
        "双方今后不得再起争执。",
        "人民币叁仟贰佰元整（3,200.00元）",
        "履行方式当场履行",
        "履行时限2026年10月31日",
        "本协议一式3份，当事人、人民调解委员会各持一份。",
        "被申请人（签名、盖章或按指印）",
        "记录人（签名）",
        "（人民调解委员会印章）2026年10月9日",
    ):
        assert field in flat
    assert flat.count("人民调解员（签名）") == 2


def test_papers_are_chinese_for_an_english_reader() -> None:
    with translation.override("en"):
        english = paper("agreement")
    assert english.sha256 == paper("agreement").sha256
    assert not re.search(r"[A-Za-z]{3,}", text_of(english).replace("MA3ABCDE1X", ""))


def test_what_a_clerk_typed_is_text_and_never_markup() -> None:
    typed_text = "<script>alert(1)</script><img src=file:///etc/hostname>&{{ settings }}"
    flat = text_of(paper("registration_form", brief=typed_text)).replace("\n", "")
    assert typed_text.replace(" ", "") in flat.replace(" ", "")


def test_long_texts_flow_over_pages_and_stay_inside_the_margins() -> None:
    rendered = paper("registration_form", brief="双方因宅基地边界发生争执。" * 150 + "a" * 400, accepted_on=None)
    assert rendered.pages >= 3
    text = text_of(rendered)
    runs = re.findall(r"a+", text)
    assert sum(map(len, runs)) == 400
    # A line of the page holds about seventy of them: a longer run would stand outside the paper.
    assert max(map(len, runs)) < 80
    assert f"第 {rendered.pages} 页　共 {rendered.pages} 页" in text


def test_a_paper_without_its_optional_data_prints_blank_lines() -> None:
    empty = SimpleNamespace(
        facts="", terms=[], performance_way="", performance_due=None, amount_text="", amount_capitals="", copies=None,
        signed_on=None, effective_on=None,
    )  # fmt: skip
    nobody = party(role_label="申请人", name="张三", age=None, phone="", address="", id_number_masked="")
    text = text_of(paper("agreement", agreement=empty, parties=[nobody], mediators=[], recorder=""))
    assert "None" not in text
    assert "履行时限" in text
    assert "涉及金额" not in text
