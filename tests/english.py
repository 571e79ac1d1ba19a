"""Reading the portal's pages in English: what they say, and what of it is Chinese beside the data that they show."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from django.db import connection, transaction
from django.test import Client

from casework import lines
from offices.models import Membership, Village
from offices.scoping import system
from tests.conftest import sign_in

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
# Chinese, and the punctuation that belongs to it.
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uff5e\U00020000-\U0003ffff]")
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
        name = connection.ops.quote_name
        questions = [
            f"SELECT {name(column)}::text FROM {name(table)} WHERE {name(column)} ~ '[^ -~]'"
            for table, column in cursor.fetchall()
            if table not in TRANSLATED_TABLES
        ]
        cursor.execute(" UNION ".join(questions))
        found = TYPED | {text for (text,) in cursor.fetchall()}
    found |= {village.short_name for village in Village.objects.all()}
    # The official number of a form is its name in every language.
    found |= {form.form_no for form in lines.forms()}
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
                self.pages += 1
                html = answer.content.decode()
                left = left_chinese(html, self.data)
                if left and fields is not None:
                    # It may be what the request itself has just stored.
                    self.learn()
                    left = left_chinese(html, self.data)
                self.wrong += [f"{url}: {text}" for text in left]
            transaction.set_rollback(True)
        return int(answer.status_code)


def english(membership: Membership | None = None) -> Client:
    """Return a client that reads English, signed in or not."""
    client = sign_in(membership) if membership else Client()
    client.cookies["django_language"] = "en"
    return client
