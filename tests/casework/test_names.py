"""Sort keys of Chinese names."""

from __future__ import annotations

import pytest

from casework.names import MAX_CHARACTERS, pinyin_initials, pinyin_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("张三", "zhang san"),
        ("仇英", "qiu ying"),
        ("单田芳", "shan tian fang"),
        ("解缙", "xie jin"),
        ("曾国藩", "zeng guo fan"),
        ("查良镛", "zha liang yong"),
        ("区寄", "ou ji"),
        ("盖叫天", "ge jiao tian"),
        ("翟天临", "zhai tian lin"),
        ("朴树", "piao shu"),
        ("任贤齐", "ren xian qi"),
        ("乐嘉", "yue jia"),
        ("华佗", "hua tuo"),
        ("吕布", "lv bu"),
        ("单于", "chan yu"),
        ("长孙无忌", "zhang sun wu ji"),
        ("尉迟恭", "yu chi gong"),
        ("万俟卨", "mo qi xie"),
        ("令狐冲", "ling hu chong"),
        ("重庆", "chong qing"),
        ("John Smith", "john smith"),
        ("阿依夏木·买买提", "a yi xia mu mai mai ti"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_name_sorts_by_its_own_reading(name: str, key: str) -> None:
    assert pinyin_key(name) == key


def test_a_longer_text_is_not_read_as_a_surname() -> None:
    assert pinyin_key("解放路街道") == "jie fang lu jie dao"
    assert pinyin_key("区直机关工委") == "qu zhi ji guan gong wei"


def test_a_surname_is_overridden_only_where_it_stands_first() -> None:
    assert pinyin_key("张单") == "zhang dan"


@pytest.mark.parametrize(
    ("name", "initials"), [("单田芳", "stf"), ("欧阳娜娜", "oynn"), ("John Smith", "js"), ("单", "s"), ("", "")]
)
def test_initials_are_what_a_clerk_types_to_find_a_name(name: str, initials: str) -> None:
    assert pinyin_initials(name) == initials


def test_a_character_without_reading_stays_and_sorts_last() -> None:
    names = ["𠮷田", "张三", "阿里", "李四"]
    assert sorted(names, key=pinyin_key) == ["阿里", "李四", "张三", "𠮷田"]


def test_a_very_long_text_gives_a_bounded_key() -> None:
    assert len(pinyin_key("张" * 1_000_000).split()) == MAX_CHARACTERS
