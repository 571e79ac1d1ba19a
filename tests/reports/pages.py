"""Reading the pages of figures as a person does: text, links, rows over all pages."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from django.test import Client


def text_of(answer: Any) -> str:
    """Return the visible text of a page, without scripts and spaces."""
    html = re.sub(r"<script.*?</script>", "", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]+>", " ", html)))


def links(answer: Any, part: str) -> list[str]:
    """Return the addresses on a page that contain a part."""
    return [unescape(found) for found in re.findall(r'href="([^"]+)"', answer.content.decode()) if part in found]


def row_count(client: Client, address: str) -> int:
    """Return how many rows a list has over all its pages."""
    count, following = 0, address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200
        count += answer.content.decode().count("<tr><td")
        older = links(answer, "older=")
        following = urlsplit(address).path + older[0] if older else ""
    return count
