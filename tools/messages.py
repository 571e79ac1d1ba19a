"""The strings that the program asks to be translated: ``--write`` brings every .po in line with the sources and tells
what is left to translate, ``--check`` only tells.

Read without GNU gettext: Python by its syntax tree, templates by Django's own rewriting of their tags. The papers below
``templates/print`` are left out: they are Chinese whatever the language of the screen.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from tools.catalogue import CONTEXT, LOCALE, entries  # noqa: E402 - found by the line above when run as a program

APPS = ("offices", "casework", "mediation", "reports", "justice_portal")
# What each function takes, in the order of its arguments.
ROLES = {
    "gettext": ("id",),
    "gettext_lazy": ("id",),
    "gettext_noop": ("id",),
    "ngettext": ("id", "plural"),
    "ngettext_lazy": ("id", "plural"),
    "pgettext": ("context", "id"),
    "pgettext_lazy": ("context", "id"),
    "npgettext": ("context", "id", "plural"),
    "npgettext_lazy": ("context", "id", "plural"),
}
IN_TEMPLATES = {**{name: name for name in ROLES}, "_": "gettext"}
CALL = re.compile(rf"(?<![\w.])(?:{'|'.join(IN_TEMPLATES)})\(")
HEADER = r"""msgid ""
msgstr ""
"Project-Id-Version: justice-portal\n"
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"""


class Unreadable(ValueError):
    """A call whose text is not written out: no catalogue can hold it."""


@dataclass
class Message:
    """One string of the sources: text, plural form and context (empty when it has none), and the files that use it."""

    id: str
    plural: str = ""
    context: str = ""
    files: set[str] = field(default_factory=set)

    @property
    def key(self) -> str:
        """The key of the singular in a catalogue."""
        return f"{self.context}{CONTEXT}{self.id}" if self.context else self.id


def sources() -> Iterator[Path]:
    """Yield the files that speak to people: Python outside migrations, templates outside the printed papers."""
    for app in APPS:
        yield from (path for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts)
    yield from (path for path in sorted((ROOT / "templates").rglob("*.html")) if "print" not in path.parts)


def messages_of(path: Path) -> Iterator[Message]:
    """Yield each message of a file, in its order. Raises Unreadable for a text that is put together at run time."""
    text = path.read_text(encoding="utf-8")
    calls = _calls_of_template(text, path) if path.suffix == ".html" else _calls_of_module(text)
    for name, call in calls:
        yield _message(name, call, path)


def collected() -> dict[str, Message]:
    """Return every message of the sources by its key, in an order that moving code about inside a file does not change.

    Raises Unreadable when one key has two plural forms.
    """
    found: dict[str, Message] = {}
    for path in sources():
        for message in messages_of(path):
            known = found.setdefault(message.key, message)
            if known.plural and message.plural and known.plural != message.plural:
                raise Unreadable(f"{path}: {message.id!r} has two plural forms")
            known.plural = known.plural or message.plural
            known.files.add(path.relative_to(ROOT).as_posix())
    return dict(sorted(found.items(), key=lambda item: (min(item[1].files), item[0])))


def _calls_of_module(text: str) -> Iterator[tuple[str, ast.Call]]:
    tree = ast.parse(text)
    names = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in ROLES
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in names:
            yield names[node.func.id], node
        elif isinstance(node.func, ast.Attribute) and node.func.attr in ROLES:
            yield node.func.attr, node


def _calls_of_template(text: str, path: Path) -> Iterator[tuple[str, ast.Call]]:
    rewritten = templatize(text, origin=str(path))
    for found in CALL.finditer(rewritten):
        end = found.end()
        while (end := rewritten.find(")", end) + 1) > 0:
            try:
                call = ast.parse(rewritten[found.start() : end], mode="eval").body
            except SyntaxError:
                continue
            if isinstance(call, ast.Call):
                yield IN_TEMPLATES[found[0][:-1]], call
            break


def _message(name: str, call: ast.Call, path: Path) -> Message:
    roles = ROLES[name]
    texts = [part.value for part in call.args[: len(roles)] if isinstance(part, ast.Constant)]
    if len(texts) < len(roles):
        raise Unreadable(f"{path}:{call.lineno}: the text of {name} is not written out")
    return Message(**dict(zip(roles, map(str, texts), strict=True)))  # type: ignore[arg-type]  # the roles are field names


def quoted(text: str) -> str:
    """Return a text as a .po file writes it."""
    for raw, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(raw, escaped)
    return f'"{text}"'


def entry_of(message: Message, translations: dict[str, str]) -> str:
    """Return a message as an entry of a .po file, with what is known of its translation."""
    lines = [f"#: {name}" for name in sorted(message.files)]
    if message.context:
        lines.append(f"msgctxt {quoted(message.context)}")
    lines.append(f"msgid {quoted(message.id)}")
    if message.plural:
        lines.append(f"msgid_plural {quoted(message.plural)}")
        forms = [translations.get(f"msgstr[{number}]", "") for number in (0, 1)]
        lines += [f"msgstr[{number}] {quoted(text)}" for number, text in enumerate(forms)]
    else:
        lines.append(f"msgstr {quoted(translations.get('msgstr', ''))}")
    return "\n".join(lines) + "\n"


def written(po: Path) -> dict[str, dict[str, str]]:
    """Return the entries of a .po file by the key of their singular, the header and fuzzy ones left out."""
    found = {}
    for entry in entries(po.read_text(encoding="utf-8")) if po.is_file() else ():
        if entry["msgid"] and "fuzzy" not in entry:
            found[Message(entry["msgid"], context=entry.get("msgctxt", "")).key] = entry
    return found


def is_translated(message: Message, entry: dict[str, str]) -> bool:
    """Tell whether an entry holds the whole translation: one text, or both forms of the plural."""
    names = ("msgstr[0]", "msgstr[1]") if message.plural else ("msgstr",)
    return entry.get("msgid_plural", "") == message.plural and all(entry.get(name) for name in names)


def untranslated(po: Path) -> list[Message]:
    """Return the messages of the sources that a .po file does not translate."""
    known = written(po)
    return [message for key, message in collected().items() if not is_translated(message, known.get(key, {}))]


def rewrite(po: Path) -> None:
    """Write the .po file anew: every message of the sources, nothing else."""
    known = written(po)
    parts = [HEADER.format(language=po.parent.parent.name)]
    parts += [entry_of(message, known.get(key, {})) for key, message in collected().items()]
    po.write_text("\n".join(parts), encoding="utf-8")


def main() -> int:
    """Write or check every catalogue."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--write", action="store_true")
    choice.add_argument("--check", action="store_true")
    options = parser.parse_args()
    # Django's reader of templates asks for the encoding of files.
    settings.configure()
    left = 0
    for po in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        if options.write:
            rewrite(po)
        for message in untranslated(po):
            left += 1
            print(f"{min(message.files)}: {message.id!r} is not translated")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
