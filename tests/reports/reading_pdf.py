"""Reading a report's PDF back: every rule takes what it understands off the page, and what is left is unexplained."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import pypdf

from tests.reports.independent import COLUMNS, MEMO, NUMBERS, SHARES, STANDING
from tests.reports.reading import DOCUMENT, Reading

VALUE = r"(?:-?\d+(?:\.\d+)?|…|—|新增)"
UNIT = r"(?:件|人|次|万元|%)"
MONTH = r"\d{4}年\d{1,2}月"
DAY = rf"{MONTH}\d{{1,2}}日"
TITLES = (*COLUMNS, *MEMO, *(f"{share}（%）" for share in SHARES))
KEY_HEADS = ("计量单位", "本月", "上月", "环比增减%", "上年同月", "同比增减%", "本年累计", "上年同期累计", "累计增减%")
UNIT_HEADS = ("计量单位", "代码", "本月", "本年累计", "上年同期累计", "增减%")
REMARKS = (
    r"注：环比为\D*“0”表示\D*?“新增”表示基\s*期为零。",
    r"说明：(?:带\*的为\D*?；)?“0”表示数值为零\D*?或有出入。",
)


class Page:
    """The text of one page, of which rules take their parts."""

    def __init__(self, text: str) -> None:
        self.text = text

    def take(self, pattern: str) -> Iterator[re.Match[str]]:
        """Return what a pattern matches, and take it off the page."""
        found = list(re.finditer(pattern, self.text, re.DOTALL))
        self.text = re.sub(pattern, "\n", self.text, flags=re.DOTALL)
        return iter(found)


def read_pdf(content: bytes) -> Reading:
    """Read every page of a report, its title and the text alternatives of its charts."""
    document = pypdf.PdfReader(io.BytesIO(content))
    texts = [page.extract_text() for page in document.pages]
    reading = Reading()
    reading.put(("文件标题",), str(document.metadata.title if document.metadata else ""))
    for number, text in enumerate(_alternatives(document), start=1):
        reading.put((f"图{number}", "文字说明"), text)
    for number, text in enumerate(texts, start=1):
        page = Page(text)
        _read_margins(reading, page, number, len(texts))
        _read_body(reading, page, texts)
        reading.leave(f"page {number}", page.text)
    for sheet in sorted({place[0] for place in reading.found if "（" in place[0]}):
        codes = dict.fromkeys(place[1] for place in reading.found if place[0] == sheet)
        reading.put((sheet, "次序"), " ".join(codes))
    return reading


def _alternatives(document: pypdf.PdfReader) -> list[str]:
    def walk(node: Any) -> Iterator[str]:
        kids = node.get("/K", [])
        for kid in kids if isinstance(kids, list) else [kids]:
            item = kid.get_object() if hasattr(kid, "get_object") else kid
            if isinstance(item, dict) and "/S" in item:
                yield from [str(item["/Alt"])] if "/Alt" in item else []
                yield from walk(item)

    root: Any = document.trailer["/Root"]
    return list(walk(root["/StructTreeRoot"]))


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def _read_margins(reading: Reading, page: Page, number: int, count: int) -> None:
    for mark in page.take(r"鲁司统9表　(第\d+版)　校验码 (\w{16})"):
        reading.again(("每页", "页脚"), f"鲁司统9表{mark[1]}校验码{mark[2]}")
    for mark in page.take(r"第 (\d+) 页　共 (\d+) 页"):
        if (int(mark[1]), int(mark[2])) != (number, count):
            reading.unexplained.append(f"page {number} of {count}: {mark[0]}")
    for mark in page.take(rf"山东省人民调解案件情况统计表（({MONTH})）"):
        reading.again(("每页", "期别"), mark[1])
    for label, pattern in (("有效期至", rf"有效期至： ({DAY})"), ("报出日期", rf"报出日期[： ]({DAY})")):
        for mark in page.take(pattern):
            reading.again(("每页", label), mark[1])
    for mark in page.take(rf"填报单位：\S+ ({MONTH})"):
        reading.again(("每页", "期别"), mark[1])
    for _ in page.take("鲁司统9表|" + "|".join(REMARKS)):
        pass


def _read_body(reading: Reading, page: Page, texts: list[str]) -> None:
    if "签发日期" in page.text:
        _read_cover(reading, page)
    elif "目　　录" in page.text:
        _read_contents(reading, page, texts)
    elif "一、主要指标" in page.text or re.search(r"上年同月\s+同比", page.text):
        _read_key_figures(reading, page)
    elif re.search(r"图\d　", page.text):
        _read_charts(reading, page)
    elif heading := re.search(r"(各市|各县)(?:（市、区）)?人民调解案件情况统计表(（本月）|（本年累计）)", page.text):
        _read_units(reading, page, heading[1] + heading[2])
    elif re.search(r"代码 指标名称 计量 单位 解释", page.text):
        _read_definitions(reading, page)
    elif "五、审核关系与说明" in page.text:
        _read_checks(reading, page)
    else:
        _read_province(reading, page)


def _read_cover(reading: Reading, page: Page) -> None:
    for label, pattern in (("版次", r"版　　次 (\S+)"), ("签发日期", rf"签发日期 ({DAY})")):
        for mark in page.take(pattern):
            reading.put(("封面", label), mark[1])
    for mark in page.take(r"校 验 码((?: \w{4}){4})"):
        reading.put(("封面", "校验码"), _squeezed(mark[1]))
    for mark in page.take(rf"\n({MONTH})\n"):
        reading.again(("每页", "期别"), mark[1])


def _read_contents(reading: Reading, page: Page, texts: list[str]) -> None:
    for entry in page.take(r"([^\n]+?)(?: \.)+ (\d+)(?=\n|$)"):
        if entry[1].strip() not in texts[int(entry[2]) - 1]:
            reading.unexplained.append(f"contents: {entry[1]} on page {entry[2]}")


def _read_key_figures(reading: Reading, page: Page) -> None:
    for mark in page.take(rf"一、主要指标\n(.+?)\n(\S+主要指标（{MONTH}）)"):
        reading.put(("主要指标", "文字"), _squeezed(mark[1]))
        reading.put(("主要指标", "标题"), mark[2])
    for row in page.take(rf"(\S+) ({UNIT})" + rf" ({VALUE})" * 8):
        for head, text in zip(KEY_HEADS, row.groups()[1:], strict=True):
            reading.put(("主要指标", row[1], head), text)


def _read_charts(reading: Reading, page: Page) -> None:
    captions = {caption[1]: caption[2] for caption in page.take(r"(图\d)　(\S+)")}
    for chart, caption in captions.items():
        reading.put((chart,), caption)
    if "图1" in captions:
        _read_trend(reading, page)
    for mark in page.take(r"(?<=\n)([^\d\n]\S*)\n(\d+(?:（\d+\.\d%）)?)(?=\n|$)"):
        reading.put(("图", mark[1]), mark[2])


def _read_trend(reading: Reading, page: Page) -> None:
    # The axis comes first: equal steps from zero, of which the last reaches the highest column.
    numbers = re.search(r"(?<=\n)0\n(?:\d+\n)+", page.text)
    axis = _axis([int(text) for text in numbers[0].split()]) if numbers else []
    for _ in page.take(r"\n" + r"\n".join(map(str, axis)) + r"(?=\n)" if axis else "(?!)"):
        pass
    highest = 0
    for mark in page.take(r"(?:(?<=\n)(\d+)\n)?(?<=\n)((?:\d\d年)?\d{1,2}月)(?=\n)"):
        reading.put(("图1", mark[2]), mark[1] or "")
        highest = max(highest, int(mark[1] or 0))
    if not axis or axis[-1] < highest:
        reading.unexplained.append(f"axis {axis} under {highest}")


def _axis(numbers: list[int]) -> list[int]:
    steps = takewhile(lambda pair: pair[1] == pair[0] * numbers[1], enumerate(numbers))
    axis = [number for _, number in steps]
    return axis if re.fullmatch("[125]0*", str(numbers[1])) else []


def _read_province(reading: Reading, page: Page) -> None:
    for _ in page.take(r"甲 乙 丙 1 2 3 4(?=\n)"):
        pass
    for row in page.take(rf"(\S+) ({UNIT}) (\d\d|—)" + rf" ({VALUE})" * 4):
        for head, text in zip(UNIT_HEADS, row.groups()[1:], strict=True):
            reading.put(("省表", row[1], head), text)


def _read_units(reading: Reading, page: Page, sheet: str) -> None:
    head = re.search(r"名称 代码\n(.+?)\n甲 乙( 丙)?((?: (?:\d+|—))+)\n", page.text, re.DOTALL)
    if head is None:
        return
    titles = _titles(_squeezed(head[1]), head[3].split())
    if not titles:
        reading.unexplained.append(f"{sheet}: a head that is none of the form")
        return
    page.text = page.text.replace(head[0], "\n")
    owner = r"(?:([^\d\s]\S*) (?=\S+ \d))?" if head[2] else "()"
    for row in page.take(rf"{owner}(\S+) (\d{{2,12}})((?: {VALUE}){{{len(titles)}}})(?=\s)"):
        place = (sheet, row[3])
        reading.again((*place, "名称"), row[2])
        if head[2]:
            reading.again((*place, "所属市"), row[1] or "")
        for title, text in zip(titles, row[4].split(), strict=True):
            reading.put((*place, title), text)


def _titles(head: str, numbers: list[str]) -> tuple[str, ...]:
    """Return the columns under a head: neighbours on the form with these numbers, whose titles it ends with."""
    printed = [TITLES, tuple(title for title in TITLES if title not in STANDING)]
    runs = {order[start : start + len(numbers)] for order in printed for start in range(len(order))}
    fitting = [run for run in runs if head.endswith("".join(run)) and [_number(title) for title in run] == numbers]
    return fitting[0] if len(fitting) == 1 else ()


def _number(title: str) -> str:
    return str(NUMBERS.get(title, "—"))


def _read_definitions(reading: Reading, page: Page) -> None:
    page.text = page.text.replace(DOCUMENT, "").replace("× 100%。", "")
    for row in page.take(rf"(?<=\n)(\d\d|—) (\S+(?:\s\S+)?) ({UNIT}) ([^\d]+?)(?: (\d+))?(?=\n(?:\d\d |— |\s*$|\n))"):
        place = ("指标解释", _squeezed(row[2]))
        for head, text in (("代码", row[1]), ("计量单位", row[3]), ("版本", row[5] or "")):
            reading.put((*place, head), text)


def _read_checks(reading: Reading, page: Page) -> None:
    for note in page.take(r"(?<=\n)(更正说明：.+?)(?=\n单位负责人)"):
        reading.put(("说明",), _squeezed(note[1]))
    # The mark of the one note in its list is drawn after the text of the page.
    for _ in page.take(r"(?<=\n)1\. (?=\n)"):
        pass
    term = r"(?:\d+|期初|期末|转入|转出|移交|不成|撤回|镇村|终结)"
    side = rf"{term}(?: \+ {term})* [=≤≥]"
    name = rf"(?:{side} (?:{term}|[+×… ])+?(?:（本年累计）)?|连续成功率)"
    row = rf"(?<=\n)(\d+) ({name}) (通过|未通过)((?:(?!\n\d+ {side}|\n\d+ 连续成功率|\n单位负责人|\n说明\n|\n\n).)*)"
    for check in page.take(row):
        for head, text in zip(("序号", "结果", "说明"), (check[1], check[3], _squeezed(check[4])), strict=True):
            reading.put(("审核关系", check[2], head), text)
