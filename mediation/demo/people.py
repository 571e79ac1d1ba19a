"""Invented people and organisations. Numbers have correct check digits in ranges that nobody was ever given."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from casework.identifiers import credit_code_check_char, resident_id_check_char

NO_AREA = "379999"
"""No division ever bore this code (530000, seen in samples, is the code of a real province)."""
NO_PHONE = "154"
"""This block of mobile numbers is given to nobody."""

_FIRST_BIRTHDAY = date(1943, 1, 1)
_BIRTHDAYS = 22_000  # to the spring of 2003: everybody is of age in 2022
_ORDERS = 1000
_NUMBERS = _BIRTHDAYS * _ORDERS
_STRIDE = 7_368_787  # prime, divides no part of _NUMBERS: consecutive people get distant numbers, none twice


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_COMMON = {
    20: "王",
    18: "李张",
    14: "刘",
    8: "陈",
    7: "杨",
    6: "孙赵",
    5: "徐马",
    4: "周吴朱胡郭高宋于",
    3: "崔郑董韩姜",
}
_OTHERS = (
    "冯程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任范方石姚谭廖邹熊金陆郝孔白康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖"
    "龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左"
)
SURNAMES = (
    *(name for times, names in _COMMON.items() for name in names * times),
    *_OTHERS,
    "欧阳",
    "司马",
    "诸葛",
    "尉迟",
)
MALE = _words(
    "伟 强 磊 军 勇 杰 涛 超 明 刚 平 辉 鹏 斌 波 建国 建军 志强 志刚 志远 永安 永福 德福 德顺 福海 玉山 玉柱 国强 国庆 卫东 卫国 "
    "红旗 文博 文轩 浩然 子轩 宇航 俊杰 海涛 海波 春生 春雷 长青 长河 守信 守义 传忠 传喜 兆祥 兆瑞 庆华 庆丰 新民 新华 立新 立军 "
    "金生 金山 宝国 宝田 振华 振东 学文 学武 光明 光荣 加林 加强 希望 凤来 洪亮 洪波 西平 东升 继业 继光 成林 成才 跃进 解放"
)
FEMALE = _words(
    "芳 敏 静 丽 艳 娟 霞 燕 玲 红 英 梅 雪 慧 莉 秀英 秀兰 秀芳 桂英 桂兰 桂芳 玉兰 玉梅 玉珍 淑珍 淑英 凤英 凤霞 春梅 春燕 爱华 "
    "爱玲 晓兰 晓燕 晓雨 红梅 红霞 海燕 海霞 丽华 丽娟 雅琴 雅静 欣怡 雨欣 子涵 梓涵 诗涵 佳怡 佳慧 文静 文娟 美玲 美娟 月英 月娥 "
    "素珍 素芬 金凤 金花 翠英 翠花 巧云 巧玲 兰英 兰芝 瑞芳 瑞雪 建华 建英 新英 永梅 传英 庆玲 兆兰 立华 志英 国英 冬梅 秋菊"
)
RARE = ("喆", "堃", "犇", "淼", "垚", "㐂", "𠮷", "㛃", "䶮", "翀", "昇", "玥", "祎", "頔", "勍", "燚")
_TRADE_NAMES = _words(
    "鲁信 恒通 瑞丰 金穗 宏达 泰和 永兴 天成 华泰 东岳 嘉禾 众合 润泽 鑫源 德胜 海润 绿源 万家 惠民 福临"
)


class Person(NamedTuple):
    """A natural person."""

    name: str
    sex: str
    birth_date: date
    id_number: str
    phone: str
    address: str
    surname: str


class Organisation(NamedTuple):
    """An enterprise and who represents it."""

    name: str
    credit_code: str
    representative: str
    phone: str
    address: str


def a_name(rng: Random, sex: str, surname: str = "") -> str:
    """Return a full name; one given name in 200 is a rare character."""
    given = rng.choice(MALE if sex == "1" else FEMALE)
    if rng.random() < 0.005:
        given = rng.choice(RARE)
    return (surname or rng.choice(SURNAMES)) + given


def a_phone(rng: Random) -> str:
    """Return a mobile number that nobody has."""
    return f"{NO_PHONE}{rng.randrange(100_000_000):08}"


def a_person(rng: Random, serial: int, home: str, surname: str = "") -> Person:
    """Return the person number ``serial`` (below 22 million: no two have one ID number) who lives at ``home``.

    Men have odd numbers, women even ones.
    """
    days, order = divmod(serial * _STRIDE % _NUMBERS, _ORDERS)
    birth_date = _FIRST_BIRTHDAY + timedelta(days=days)
    sex = "1" if order % 2 else "2"
    surname = surname or rng.choice(SURNAMES)
    body = f"{NO_AREA}{birth_date:%Y%m%d}{order:03}"
    return Person(
        name=a_name(rng, sex, surname),
        sex=sex,
        birth_date=birth_date,
        id_number=body + resident_id_check_char(body),
        phone=a_phone(rng),
        address=f"{home}{rng.randrange(1, 400)}号",
        surname=surname,
    )


def an_organisation(rng: Random, area: str, kind: str, home: str) -> Organisation:
    """Return an organisation of an area whose name ends in ``kind``, with a credit code whose check character is right."""
    body = f"91{NO_AREA}MA{rng.randrange(10_000_000):07}"
    return Organisation(
        name=f"{area}{rng.choice(_TRADE_NAMES)}{kind}",
        credit_code=body + credit_code_check_char(body),
        representative=a_name(rng, rng.choice("12")),
        phone=a_phone(rng),
        address=f"{home}{rng.randrange(1, 200)}号",
    )
