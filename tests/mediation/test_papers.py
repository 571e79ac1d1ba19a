"""The papers of mediation: what the ministry asks for stands on them, and the same case gives the same bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.utils import translation

from casework.documents import RenderedPdf, render_pdf
from tests.printed import CREATED, text_of

ROOT = Path(__file__).resolve().parents[2]
DRAW = """
import django
django.setup()
from tests.mediation.test_papers import paper
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
        amount_text="3,200.00",
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
