"""Field encryption against the published vectors, tampering, misplaced values, and what a database row holds."""

from __future__ import annotations

import json
import stat
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.core.exceptions import FieldError, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test import override_settings
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from offices.keys import FileKeyProvider, SecrecyError, write_new_key_file
from offices.secrecy import (
    BlindIndexField,
    EncryptedField,
    blind_index,
    decrypt,
    encrypt,
    mask_address,
    mask_id_number,
    mask_name,
    mask_phone,
    normalise_identifier,
)

STANDARD_KEY = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
CONTEXT = "mediation_party.id_number"
NUMBER = "11010519491231002X"


@pytest.fixture(scope="module", autouse=True)
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("keys") / "field-keys.json"
    write_new_key_file(path)
    with override_settings(FIELD_KEYS_FILE=str(path)):
        yield path


def write_keys(path: Path, **keys: bytes) -> Path:
    """Write a key file whose keys have the given encryption half; the first one is active."""
    entries = {
        key_id: {"encrypt": b64encode(key).decode(), "index": b64encode(key * 2).decode()}
        for key_id, key in keys.items()
    }
    path.write_text(json.dumps({"active": next(iter(keys)), "keys": entries}))
    path.chmod(0o600)
    return path


class TestPublishedVectors:
    def test_sm3_of_abc_is_the_value_of_the_standard(self) -> None:
        digest = hashes.Hash(hashes.SM3())
        digest.update(b"abc")
        assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"

    def test_sm4_of_one_block_is_the_value_of_the_standard(self) -> None:
        # One counter-mode block over zeros is the block cipher itself, here on the standard's plain text.
        encryptor = Cipher(algorithms.SM4(STANDARD_KEY), modes.CTR(STANDARD_KEY)).encryptor()
        assert encryptor.update(bytes(16)).hex() == "681edf34d206965e86b3e94f536e4246"

    def test_sm4_gcm_is_the_value_of_rfc_8998(self, tmp_path: Path) -> None:
        provider = FileKeyProvider(write_keys(tmp_path / "keys.json", k1=STANDARD_KEY))
        nonce = bytes.fromhex("00001234567800000000ABCD")
        plain = b"".join(bytes([value]) * 8 for value in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
        context = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
        sealed = provider.seal("k1", nonce, plain, context)
        assert sealed[:-16].hex().upper() == (
            "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
            "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        )
        assert sealed[-16:].hex().upper() == "83DE3541E4C2B58177E065A9BF7B62EC"
        assert provider.unseal("k1", nonce, sealed, context) == plain

    def test_the_digest_is_hmac_over_sm3(self, tmp_path: Path) -> None:
        def sm3(content: bytes) -> bytes:
            digest = hashes.Hash(hashes.SM3())
            digest.update(content)
            return digest.finalize()

        provider = FileKeyProvider(write_keys(tmp_path / "keys.json", k1=STANDARD_KEY))
        padded = (STANDARD_KEY * 2).ljust(64, b"\0")
        inner = sm3(bytes(byte ^ 0x36 for byte in padded) + b"message")
        assert provider.digest("k1", b"message") == sm3(bytes(byte ^ 0x5C for byte in padded) + inner)


class TestEncryption:
    @given(st.text(max_size=300))
    def test_any_text_comes_back_as_it_was(self, text: str) -> None:
        assert decrypt(encrypt(text, CONTEXT), CONTEXT) == text

    def test_rare_characters_come_back_as_they_were(self) -> None:
        assert decrypt(encrypt("𠮷㐂䶮", CONTEXT), CONTEXT) == "𠮷㐂䶮"

    def test_the_layout_names_version_and_key_and_hides_the_text(self) -> None:
        stored = encrypt(NUMBER, CONTEXT)
        assert stored[:4] == b"\x01\x02k1"
        assert len(stored) == 4 + 12 + len(NUMBER) + 16
        assert NUMBER.encode() not in stored

    def test_the_same_text_is_never_stored_twice_alike(self) -> None:
        assert len({encrypt(NUMBER, CONTEXT) for _ in range(200)}) == 200

    def test_every_single_flipped_bit_is_noticed(self) -> None:
        stored = encrypt(NUMBER, CONTEXT)
        for bit in range(len(stored) * 8):
            altered = bytearray(stored)
            altered[bit // 8] ^= 1 << bit % 8
            with pytest.raises(SecrecyError):
                decrypt(bytes(altered), CONTEXT)

    @pytest.mark.parametrize("length", [0, 1, 2, 4, 16, 31])
    def test_a_cut_value_is_noticed(self, length: int) -> None:
        with pytest.raises(SecrecyError):
            decrypt(encrypt(NUMBER, CONTEXT)[:length], CONTEXT)

    def test_a_value_copied_into_another_column_cannot_be_read(self) -> None:
        with pytest.raises(SecrecyError, match="another column"):
            decrypt(encrypt(NUMBER, CONTEXT), "mediation_party.phone")

    def test_an_error_never_shows_the_text(self) -> None:
        with pytest.raises(SecrecyError) as caught:
            encrypt("秘密\ud800", CONTEXT)
        assert "秘密" not in str(caught.value)
        assert caught.value.__suppress_context__

    def test_values_of_an_older_key_stay_readable_after_a_new_one_is_active(self, tmp_path: Path) -> None:
        before = write_keys(tmp_path / "before.json", k1=b"a" * 16)
        after = write_keys(tmp_path / "after.json", k2=b"b" * 16, k1=b"a" * 16)
        with override_settings(FIELD_KEYS_FILE=str(before)):
            stored = encrypt(NUMBER, CONTEXT)
        with override_settings(FIELD_KEYS_FILE=str(after)):
            assert decrypt(stored, CONTEXT) == NUMBER
            assert encrypt(NUMBER, CONTEXT)[:4] == b"\x01\x02k2"

    def test_a_value_of_a_lost_key_names_that_key(self, tmp_path: Path) -> None:
        stored = encrypt(NUMBER, CONTEXT)
        other = write_keys(tmp_path / "other.json", k9=b"c" * 16)
        with override_settings(FIELD_KEYS_FILE=str(other)), pytest.raises(SecrecyError, match="holds no key 'k1'"):
            decrypt(stored, CONTEXT)


class TestBlindIndex:
    @pytest.mark.parametrize(
        "typed", ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ"]
    )
    def test_other_spellings_of_a_number_have_the_same_index(self, typed: str) -> None:
        assert blind_index(typed, CONTEXT) == blind_index(NUMBER, CONTEXT)

    def test_pasted_invisible_characters_do_not_count(self) -> None:
        assert normalise_identifier("\ufeff110105\u200b1949\u3000") == "1101051949"

    def test_it_is_32_bytes_and_differs_between_contexts_and_numbers(self) -> None:
        indexes = {
            blind_index(NUMBER, CONTEXT),
            blind_index(NUMBER, "resettlement_person.id_number"),
            blind_index("440524188001010014", CONTEXT),
        }
        assert {len(index) for index in indexes} == {32}
        assert len(indexes) == 3

    def test_it_depends_on_the_key(self, tmp_path: Path) -> None:
        here = blind_index(NUMBER, CONTEXT)
        with override_settings(FIELD_KEYS_FILE=str(write_keys(tmp_path / "other.json", k1=b"d" * 16))):
            assert blind_index(NUMBER, CONTEXT) != here

    @pytest.mark.parametrize("empty", ["", " ", "\u3000"])
    def test_nothing_has_no_index(self, empty: str) -> None:
        with pytest.raises(SecrecyError, match="empty"):
            blind_index(empty, CONTEXT)


class TestKeyFile:
    def test_a_new_file_is_for_its_owner_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "keys.json"
        write_new_key_file(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [entry.name for entry in tmp_path.iterdir()] == ["keys.json"]
        assert FileKeyProvider(path).active == "k1"

    def test_two_new_files_hold_different_keys(self, tmp_path: Path) -> None:
        write_new_key_file(tmp_path / "first.json")
        write_new_key_file(tmp_path / "second.json")
        assert (tmp_path / "first.json").read_bytes() != (tmp_path / "second.json").read_bytes()

    def test_an_existing_file_is_never_overwritten(self, tmp_path: Path) -> None:
        path = write_keys(tmp_path / "keys.json", k1=b"e" * 16)
        before = path.read_bytes()
        with pytest.raises(SecrecyError, match="exists already"):
            write_new_key_file(path)
        assert path.read_bytes() == before
        assert [entry.name for entry in tmp_path.iterdir()] == ["keys.json"]

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
    def test_a_file_open_to_others_is_refused_by_name(self, tmp_path: Path, mode: int) -> None:
        path = write_keys(tmp_path / "keys.json", k1=b"f" * 16)
        path.chmod(mode)
        with pytest.raises(SecrecyError, match=f"{path} is open to other users"):
            FileKeyProvider(path)

    def test_a_missing_file_is_named_with_the_command_that_makes_it(self, tmp_path: Path) -> None:
        with pytest.raises(SecrecyError, match=r"nowhere\.json cannot be read.*make_field_keys"):
            FileKeyProvider(tmp_path / "nowhere.json")

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "[]",
            "not json",
            '{"active": "k1", "keys": {}}',
            '{"active": "k1", "keys": {"k1": "text"}}',
            '{"active": "k1", "keys": {"k1": {"encrypt": "QUJD", "index": "QUJD"}}}',
            '{"active": "k1", "keys": {"k1": {"encrypt": "***", "index": "***"}}}',
            '{"active": "a b", "keys": {"a b": {"encrypt": "QUJD", "index": "QUJD"}}}',
        ],
    )
    def test_a_damaged_file_is_refused_without_showing_its_content(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "keys.json"
        path.write_text(content)
        path.chmod(0o600)
        with pytest.raises(SecrecyError, match="is damaged") as caught:
            FileKeyProvider(path)
        assert caught.value.__suppress_context__

    def test_keys_are_never_printed(self, tmp_path: Path) -> None:
        provider = FileKeyProvider(write_keys(tmp_path / "keys.json", k1=b"secret-secret-16"))
        assert "secret" not in repr(provider) + repr(vars(provider))

    def test_the_command_writes_a_file_once(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "made.json"
        call_command("make_field_keys", str(path))
        assert FileKeyProvider(path).active == "k1"
        assert str(path) in capsys.readouterr().out
        with pytest.raises(CommandError, match="exists already"):
            call_command("make_field_keys", str(path))


class TestMasks:
    @pytest.mark.parametrize(
        ("number", "shown"),
        [
            ("370102199001011234", "370102********1234"),
            (NUMBER, "110105********002X"),
            ("E12345678", "E1*****78"),
            ("AB12", "****"),
            ("", ""),
        ],
    )
    def test_an_id_number_shows_area_and_last_four(self, number: str, shown: str) -> None:
        assert mask_id_number(number) == shown

    @pytest.mark.parametrize(
        ("number", "shown"),
        [
            ("13812345678", "138****5678"),
            ("0531-88881234", "0531-****1234"),
            ("010-8888123-45", "010-***8123"),
            ("053188881234", "053*****1234"),
            ("12348", "*****"),
            ("", ""),
        ],
    )
    def test_a_phone_shows_its_ends(self, number: str, shown: str) -> None:
        assert mask_phone(number) == shown

    @pytest.mark.parametrize(("name", "shown"), [("张三", "张*"), ("欧阳娜娜", "欧*"), ("𠮷田", "𠮷*"), ("", "")])
    def test_a_name_shows_its_first_character_and_hides_its_length(self, name: str, shown: str) -> None:
        assert mask_name(name) == shown

    @pytest.mark.parametrize(
        ("address", "shown"),
        [
            ("济南市历城区郭店街道十里堡村123号", "济南市历城区郭店街道十里堡村…"),
            ("历下区解放路街道解放桥社区12号楼3单元402室", "历下区解放路街道解放桥社区…"),
            ("市中区泉城居委会3号", "市中区泉城居委会…"),
            ("某镇张庄村幸福新村3号楼", "某镇张庄村…"),
            ("某镇张庄村", "某镇张庄村"),
            ("济南市泉城路180号齐鲁国际大厦", "济南市泉城路…"),
            ("甲街3号", "甲街…"),
            ("", ""),
        ],
    )
    def test_an_address_is_shown_down_to_the_village(self, address: str, shown: str) -> None:
        assert mask_address(address) == shown


@pytest.fixture
def probe() -> Iterator[Any]:
    with isolate_apps():

        class Probe(models.Model):
            id = models.IntegerField(primary_key=True)
            number = EncryptedField("证件号码", max_length=18)
            number_index = BlindIndexField(source="number", null=True)

            class Meta:
                app_label = "offices"
                db_table = "secrecy_probe"

            def __str__(self) -> str:
                return f"probe {self.pk}"

        yield Probe


class TestFields:
    def test_the_context_is_table_and_column(self, probe: Any) -> None:
        assert probe._meta.get_field("number").context == "secrecy_probe.number"

    @pytest.mark.parametrize("lookup", ["number", "number__in", "number__contains", "number__gt", "number__year"])
    def test_a_comparison_of_encrypted_values_is_refused(self, probe: Any, lookup: str) -> None:
        with pytest.raises(FieldError, match="number is encrypted"):
            probe.objects.filter(**{lookup: "1"})

    def test_presence_can_be_asked(self, probe: Any) -> None:
        assert "IS NOT NULL" in str(probe.objects.filter(number__isnull=False).query)

    def test_a_migration_can_write_both_fields_down(self, probe: Any) -> None:
        for name in ("number", "number_index"):
            field = probe._meta.get_field(name)
            _name, path, args, kwargs = field.deconstruct()
            assert path == f"offices.secrecy.{type(field).__name__}"
            assert type(field)(*args, **kwargs).deconstruct()[3] == kwargs
            assert field.db_type(connection) == connection.data_types["BinaryField"]

    @pytest.mark.parametrize("wrong", [3, b"bytes", ["x"]])
    def test_only_text_is_encrypted(self, probe: Any, wrong: object) -> None:
        with pytest.raises(SecrecyError, match="takes a text"):
            probe._meta.get_field("number").get_prep_value(wrong)

    @pytest.mark.parametrize("wrong", [3, b"short", ["x"]])
    def test_an_index_takes_32_bytes(self, probe: Any, wrong: object) -> None:
        with pytest.raises(SecrecyError, match="takes the 32 bytes"):
            probe._meta.get_field("number_index").get_prep_value(wrong)

    def test_the_length_limit_is_that_of_the_plain_text(self, probe: Any) -> None:
        probe(id=1, number="1" * 18).clean_fields()
        with pytest.raises(ValidationError):
            probe(id=1, number="1" * 19).clean_fields()

    def test_a_row_and_its_fields_never_print_the_text(self, probe: Any) -> None:
        row = probe(id=1, number=NUMBER)
        assert NUMBER not in repr(row) + repr(row._meta.get_field("number"))

    def test_a_row_is_never_serialised(self, probe: Any) -> None:
        with pytest.raises(SecrecyError, match="never serialised"):
            probe._meta.get_field("number").value_to_string(probe(id=1, number=NUMBER))


@pytest.mark.django_db
class TestStoredRows:
    @pytest.fixture(autouse=True)
    def table(self, probe: Any) -> None:
        kind = connection.data_types["BinaryField"]
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMPORARY TABLE secrecy_probe (id integer PRIMARY KEY, number {kind}, number_index {kind})"
            )

    def stored(self) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT number, number_index FROM secrecy_probe ORDER BY id")
            return [tuple(None if value is None else bytes(value) for value in row) for row in cursor.fetchall()]

    def test_a_saved_text_is_encrypted_in_the_row_and_clear_in_python(self, probe: Any) -> None:
        probe.objects.create(id=1, number=NUMBER)
        ((number, index),) = self.stored()
        assert NUMBER.encode() not in number
        assert decrypt(number, "secrecy_probe.number") == NUMBER
        assert index == blind_index(NUMBER, "secrecy_probe.number")
        assert probe.objects.get().number == NUMBER

    def test_an_empty_text_is_null(self, probe: Any) -> None:
        probe.objects.bulk_create([probe(id=1, number=""), probe(id=2, number=None), probe(id=3)])
        assert self.stored() == [(None, None)] * 3
        assert probe.objects.filter(number__isnull=True).count() == 3
        assert probe.objects.first().number is None

    def test_a_row_is_found_by_its_blind_index(self, probe: Any) -> None:
        probe.objects.bulk_create([probe(id=number, number=f"37010219900101{number:04}") for number in range(1, 21)])
        assert probe.objects.get(number_index=" 370102199001010007").pk == 7
        assert probe.objects.filter(number_index__in=["370102199001010007", "370102199001010008"]).count() == 2
        assert probe.objects.get(number_index=blind_index("370102199001010009", "secrecy_probe.number")).pk == 9

    def test_bulk_changes_encrypt_too(self, probe: Any) -> None:
        rows = probe.objects.bulk_create([probe(id=1, number="1"), probe(id=2, number="2")])
        for row in rows:
            row.number = row.number_index = f"new {row.pk}"
        probe.objects.bulk_update(rows, ["number", "number_index"])
        probe.objects.filter(pk=2).update(number="newest", number_index="newest")
        assert list(probe.objects.order_by("id").values_list("number", flat=True)) == ["new 1", "newest"]
        assert probe.objects.get(number_index="newest").pk == 2
        assert probe.objects.get(number_index="new 1").pk == 1
        assert all(b"new" not in number for number, _index in self.stored())
