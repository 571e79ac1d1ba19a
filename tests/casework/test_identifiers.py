"""What a clerk types into identifier fields: published test numbers, typing mistakes, odd spellings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import assume, given
from hypothesis import strategies as st

from casework.identifiers import (
    IdentifierError,
    check_person_name,
    credit_code_check_char,
    parse_credit_code,
    parse_paper_number,
    parse_phone,
    parse_resident_id,
    resident_id_check_char,
)

TODAY = date(2026, 5, 20)
CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def resident_number(body: str) -> str:
    return body + resident_id_check_char(body)


def refusal(function: Callable[..., object], *args: object) -> str:
    with pytest.raises(IdentifierError) as caught:
        function(*args)
    with translation.override(None):
        return str(caught.value)


class TestPapers:
    """Numbers of other papers than the resident identity card."""

    @pytest.mark.parametrize(
        ("kind", "text", "number", "born", "sex"),
        [
            ("resident_id", "11010519491231002x", "11010519491231002X", date(1949, 12, 31), "female"),
            ("household", resident_number("37010220250520123"), None, date(2025, 5, 20), "male"),
            ("hmt_residence", resident_number("81000019800229002"), None, date(1980, 2, 29), "female"),
            ("foreign_residence", resident_number("91184019800229001"), None, date(1980, 2, 29), None),
            ("foreign_residence", "usa 3101 8002 2901", "USA310180022901", None, None),
            ("hk_mo_permit", "h01234567", "H01234567", None, None),
            ("hk_mo_permit", "M0123456701", "M0123456701", None, None),
            ("tw_permit", "０１２３４５６７", "01234567", None, None),
            ("tw_permit", "0123456789 b", "0123456789B", None, None),
            ("passport", "e1234 5678", "E12345678", None, None),
            ("other", "军字第12345号", "军字第12345号", None, None),
            ("unknown to this version", "AB-123", "AB-123", None, None),
        ],
    )
    def test_each_is_read_by_its_own_rule(
        self, kind: str, text: str, number: str | None, born: date | None, sex: str | None
    ) -> None:
        found = parse_paper_number(kind, text, TODAY)
        assert (found.number, found.birth_date, found.sex) == (number or text, born, sex)

    @pytest.mark.parametrize(
        ("kind", "text", "told"),
        [
            ("household", "370102202505201230", "校验"),
            ("hmt_residence", resident_number("37010219800229002"), "81、82或83"),
            ("foreign_residence", "911840198002290011", "校验"),
            ("foreign_residence", resident_number("91184019800230001"), "不是真实日期"),
            ("foreign_residence", resident_number("91184020260521001"), "不可能"),
            ("hk_mo_permit", "A01234567", "H或M"),
            ("tw_permit", "1234567", "8位数字"),
            ("passport", "ABCDEF", "5至15位"),
            ("passport", " ", "请填写"),
            ("other", "<b>", "3至40位"),
            ("unregistered", "1", "没有证件号码"),
        ],
    )
    def test_what_has_another_shape_is_refused(self, kind: str, text: str, told: str) -> None:
        assert told in refusal(parse_paper_number, kind, text, TODAY)

    def test_the_representation_shows_nothing(self) -> None:
        assert "E12345678" not in repr(parse_paper_number("passport", "E12345678", TODAY))


class TestResidentId:
    def test_the_published_example_is_read(self) -> None:
        person = parse_resident_id("11010519491231002X", TODAY)
        assert (person.number, person.birth_date, person.sex) == ("11010519491231002X", date(1949, 12, 31), "female")

    def test_an_odd_seventeenth_digit_is_a_man(self) -> None:
        assert parse_resident_id(resident_number("37010219900101123"), TODAY).sex == "male"
        assert parse_resident_id(resident_number("37010219900101124"), TODAY).sex == "female"

    @pytest.mark.parametrize(
        "typed",
        [
            "11010519491231002x",
            " 110105 19491231 002X",
            "１１０１０５１９４９１２３１００２ｘ",
            "\ufeff11010519491231002X",
        ],
    )
    def test_small_x_blanks_and_full_width_are_forgiven(self, typed: str) -> None:
        assert parse_resident_id(typed, TODAY).number == "11010519491231002X"

    @pytest.mark.parametrize("area", ["000000", "999999", "372801", "810000", "830000", "900000", "371502"])
    def test_no_area_is_ever_refused(self, area: str) -> None:
        number = resident_number(f"{area}19900101123")
        assert parse_resident_id(number, TODAY).number == number

    def test_its_repr_shows_nothing_of_the_person(self) -> None:
        assert repr(parse_resident_id("11010519491231002X", TODAY)) == "ResidentId()"

    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            ("", "请填写身份证号"),
            ("　", "请填写身份证号"),
            ("110105491231002", "15位旧号已停用，请填18位新号"),
            ("1101051949123100", "身份证号应为18位，请核对位数"),
            ("11010519491231002X1", "身份证号应为18位，请核对位数"),
            ("1" * 1_000_000, "身份证号应为18位，请核对位数"),
            ("11010519491231X02X", "身份证号只能是数字，末位可为X"),
            ("11010519491231002Y", "身份证号只能是数字，末位可为X"),
            ("٠١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧", "身份证号只能是数字，末位可为X"),
            ("110105194912310021", "身份证号校验不符，请逐位核对"),
            ("110105194902300021", "第7至14位不是真实日期，请核对"),
            ("110105000012310021", "第7至14位不是真实日期，请核对"),
            ("440524188001010014", "年龄超过120岁，请核对身份证号"),
            (resident_number("37010220260521123"), "出生日期晚于今天，请核对身份证号"),
        ],
    )
    def test_a_mistake_is_named_with_its_mending(self, typed: str, message: str) -> None:
        assert refusal(parse_resident_id, typed, TODAY) == message

    def test_somebody_born_today_is_taken(self) -> None:
        assert parse_resident_id(resident_number("37010220260520123"), TODAY).birth_date == TODAY

    def test_120_years_are_taken_until_the_day_before_the_121st_birthday(self) -> None:
        number = resident_number("37010219050521123")
        assert parse_resident_id(number, TODAY).birth_date == date(1905, 5, 21)
        assert refusal(parse_resident_id, number, TODAY + timedelta(days=1)) == "年龄超过120岁，请核对身份证号"

    @given(
        st.integers(0, 999_999),
        st.dates(date(1910, 1, 1), date(2026, 5, 20)),
        st.integers(0, 999),
    )
    def test_a_generated_number_reads_back(self, area: int, born: date, sequence: int) -> None:
        number = resident_number(f"{area:06}{born:%Y%m%d}{sequence:03}")
        person = parse_resident_id(number, TODAY)
        assert (person.number, person.birth_date, person.sex) == (number, born, ("female", "male")[sequence % 2])

    @given(st.integers(0, 16), st.integers(1, 9))
    def test_one_wrong_digit_is_always_noticed(self, position: int, shift: int) -> None:
        number = "370102199001011232"
        number = resident_number(number[:17])
        wrong = number[:position] + str((int(number[position]) + shift) % 10) + number[position + 1 :]
        refusal(parse_resident_id, wrong, TODAY)

    @given(st.integers(0, 15))
    def test_two_neighbouring_digits_exchanged_are_noticed(self, position: int) -> None:
        number = resident_number("37010219850312456")
        first, second = number[position], number[position + 1]
        assume(first != second)
        refusal(parse_resident_id, number[:position] + second + first + number[position + 2 :], TODAY)

    @pytest.mark.parametrize("first17", ["1" * 16, "1" * 18, "1" * 16 + "X", "１" * 17])
    def test_a_check_character_needs_seventeen_digits(self, first17: str) -> None:
        with pytest.raises(ValueError, match="seventeen digits"):
            resident_id_check_char(first17)


class TestCreditCode:
    @pytest.mark.parametrize(
        "typed",
        ["91350100M000100Y43", "91350100m000100y43", "９１３５０１００Ｍ０００１００Ｙ４３", "91350100 M000100Y 43"],
    )
    def test_the_published_example_is_read(self, typed: str) -> None:
        assert parse_credit_code(typed) == "91350100M000100Y43"

    @pytest.mark.parametrize("first", ["11", "21", "31", "39", "51", "91", "93", "A1", "N1", "Y1"])
    def test_every_registering_department_is_taken(self, first: str) -> None:
        body = f"{first}370102MA3C1234X"
        assert parse_credit_code(body + credit_code_check_char(body)).startswith(first)

    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            ("", "请填写统一社会信用代码"),
            ("91350100M000100Y4", "信用代码应为18位，请核对位数"),
            ("9" * 1_000_000, "信用代码应为18位，请核对位数"),
            ("91350100M000100I43", "信用代码不含I、O、S、V、Z及符号"),
            ("91350100M000100-43", "信用代码不含I、O、S、V、Z及符号"),
            ("913501A0M000100Y43", "信用代码第3至8位应为数字，请核对"),
            ("91350100M000100Y44", "信用代码校验不符，请逐位核对"),
        ],
    )
    def test_a_mistake_is_named_with_its_mending(self, typed: str, message: str) -> None:
        assert refusal(parse_credit_code, typed) == message

    @given(st.text(alphabet=CREDIT_CHARACTERS, min_size=9, max_size=9), st.integers(0, 999_999))
    def test_a_generated_code_reads_back(self, organisation: str, area: int) -> None:
        body = f"91{area:06}{organisation}"
        code = body + credit_code_check_char(body)
        assert parse_credit_code(code) == code

    @given(st.integers(0, 17), st.sampled_from(CREDIT_CHARACTERS))
    def test_one_wrong_character_is_always_noticed(self, position: int, character: str) -> None:
        code = "91350100M000100Y43"
        assume(code[position] != character)
        refusal(parse_credit_code, code[:position] + character + code[position + 1 :])

    @pytest.mark.parametrize("first17", ["9" * 16, "9" * 18, "9" * 16 + "I", ""])
    def test_a_check_character_needs_seventeen_known_characters(self, first17: str) -> None:
        with pytest.raises(ValueError, match="seventeen characters"):
            credit_code_check_char(first17)


class TestPhone:
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("13812345678", "13812345678"),
            ("138 1234 5678", "13812345678"),
            ("138-1234-5678", "13812345678"),
            ("138－1234—5678", "13812345678"),
            ("１３８１２３４５６７８", "13812345678"),
            ("+86 138 1234 5678", "13812345678"),
            ("0086-13812345678", "13812345678"),
            ("19912345678", "19912345678"),
            ("0531-88881234", "0531-88881234"),
            ("053188881234", "0531-88881234"),
            ("（0531）88881234", "0531-88881234"),
            ("0531 8888 1234", "0531-88881234"),
            ("0634-6212345", "0634-6212345"),
            ("010-88881234", "010-88881234"),
            ("02188881234", "021-88881234"),
            ("0531-88881234-802", "0531-88881234-802"),
            ("053188881234转802", "0531-88881234-802"),
            ("010 88881234 1", "010-88881234-1"),
        ],
    )
    def test_mobiles_and_landlines_are_stored_in_one_spelling(self, typed: str, stored: str) -> None:
        assert parse_phone(typed) == stored
        assert parse_phone(stored) == stored

    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            ("", "请填写联系电话"),
            (" - ", "请填写联系电话"),
            ("电话138", "电话只能含数字和短横线，请核对"),
            ("1381234567a", "电话只能含数字和短横线，请核对"),
            ("1381234567", "手机号应为11位，以13至19开头"),
            ("138123456789", "手机号应为11位，以13至19开头"),
            ("12812345678", "手机号应为11位，以13至19开头"),
            ("12348", "不能填短号，请填手机或座机号"),
            ("110", "不能填短号，请填手机或座机号"),
            ("95588", "不能填短号，请填手机或座机号"),
            ("88881234", "座机请加区号，如0531-88880000"),
            ("0531-888812", "座机应为区号加7至8位号码"),
            ("0531-888812345-12", "座机应为区号加7至8位号码"),
            ("0031-88881234", "座机应为区号加7至8位号码"),
            ("1" * 1_000_000, "手机号应为11位，以13至19开头"),
        ],
    )
    def test_a_mistake_is_named_with_its_mending(self, typed: str, message: str) -> None:
        assert refusal(parse_phone, typed) == message

    def test_a_listed_service_number_is_taken(self) -> None:
        assert parse_phone("12348", short_codes={"12348"}) == "12348"

    @given(st.text(max_size=40))
    def test_any_text_is_stored_stably_or_refused(self, text: str) -> None:
        try:
            stored = parse_phone(text)
        except IdentifierError:
            return
        assert parse_phone(stored) == stored


class TestPersonName:
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("张三", "张三"),
            (" 张　三 ", "张三"),
            ("𠮷㐂", "𠮷㐂"),
            ("李䶮", "李䶮"),
            ("王𰻝", "王𰻝"),
            ("赵〇", "赵〇"),
            ("阿依夏木·买买提", "阿依夏木·买买提"),
            ("阿依夏木•买买提", "阿依夏木·买买提"),
            ("阿依夏木・买买提", "阿依夏木·买买提"),
            ("阿依夏木．买买提", "阿依夏木·买买提"),
            ("阿依夏木 . 买买提", "阿依夏木·买买提"),
            ("John Smith", "John Smith"),
            ("J. R. O'Brien-Núñez", "J. R. O'Brien-Núñez"),
            ("Ｊｏｈｎ　Ｓｍｉｔｈ", "John Smith"),
            ("Nguyễn Văn", "Nguyễn Văn"),
            ("张\u200b三", "张三"),
        ],
    )
    def test_names_are_stored_in_one_spelling(self, typed: str, stored: str) -> None:
        assert check_person_name(typed) == stored

    @pytest.mark.parametrize(
        ("typed", "message"),
        [
            ("", "请填写姓名"),
            ("　", "请填写姓名"),
            ("张3", "姓名不能含数字，请核对"),
            ("张３", "姓名不能含数字，请核对"),
            ("张三<script>", "姓名只能含汉字、字母和“·”"),
            ("=cmd|calc", "姓名只能含汉字、字母和“·”"),
            ("张三（已故）", "姓名只能含汉字、字母和“·”"),
            ("·张三", "姓名只能含汉字、字母和“·”"),
            ("阿里··买买提", "姓名只能含汉字、字母和“·”"),
            ("张三\x00", "姓名只能含汉字、字母和“·”"),
            ("张\ue000", "姓名只能含汉字、字母和“·”"),
            ("张" * 51, "姓名最多50个字，请核对"),
            ("张" * 1_000_000, "姓名最多50个字，请核对"),
            ("张", "姓名只有一个字，请确认无误"),
        ],
    )
    def test_a_mistake_is_named_with_its_mending(self, typed: str, message: str) -> None:
        assert refusal(check_person_name, typed) == message

    def test_a_single_character_is_taken_when_confirmed(self) -> None:
        assert check_person_name("丑", single_confirmed=True) == "丑"

    @given(st.text(max_size=60))
    def test_any_text_is_stored_stably_or_refused(self, text: str) -> None:
        try:
            stored = check_person_name(text)
        except IdentifierError:
            return
        assert check_person_name(stored) == stored
        assert 2 <= len(stored) <= 50


@pytest.mark.parametrize("function", [parse_credit_code, parse_phone, check_person_name])
@given(text=st.text(max_size=30))
def test_every_refusal_is_one_short_sentence(function: Callable[[str], str], text: str) -> None:
    message = ""
    try:
        function(text)
    except IdentifierError as error:
        message = str(error.message)
    assert len(message) <= 24
