"""The print engine reads nothing of the server, calls nobody, and knows every name."""

from __future__ import annotations

import gc
import io
import logging
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import TemplateDoesNotExist
from pytest_django.fixtures import Settings
from weasyprint import HTML
from weasyprint.urls import URLFetcher

from casework.documents import OwnFilesFetcher, RefusedResourceError, RenderedPdf, own_files, render_pdf
from tests.printed import CREATED, text_of

ROOT = Path(__file__).resolve().parents[2]
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
