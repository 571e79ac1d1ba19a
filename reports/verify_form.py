"""The form by which a volume is verified, and what is found in words."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from casework.form_fields import PlainText
from casework.forms import PortalForm
from reports import words
from reports.models import Volume
from reports.verifying import NotAVolume, Verified, kept_file, kept_volume, verify_file

MOST_BYTES = 20 * 1024 * 1024


class VerifyForm(PortalForm):
    """The code of a cover, or a PDF."""

    code = PlainText(label=_("校验码"), required=False, max_length=80, help_text=_("16位或者64位，空格可有可无。"))
    file = forms.FileField(label=_("PDF 文件"), required=False, widget=forms.FileInput(attrs={"accept": ".pdf"}))

    def clean(self) -> dict[str, Any]:
        """Take one of the two; a file that is no volume is refused beside it."""
        cleaned = super().clean() or {}
        self.verified: Verified | None = None
        if upload := cleaned.get("file"):
            self._verify(upload)
        elif not cleaned.get("code") and not self.errors:
            self.add_error("code", _("请输入校验码，或者选择 PDF 文件。"))
        return cleaned

    def _verify(self, upload: Any) -> None:
        if upload.size > MOST_BYTES:
            self.add_error("file", _("文件超过20MB，不是本平台的月报汇编。"))
            return
        try:
            self.verified = verify_file(upload.read())
        except NotAVolume:
            self.add_error("file", _("这个文件里没有月报汇编的数据，不是本平台生成的，或者已被改动。"))

    def outcome(self) -> dict[str, Any]:
        """Return what was found: text and tone."""
        if (found := self.verified) is None:
            return _of_volume(kept_volume(self.cleaned_data["code"]))
        if not found.is_whole:
            text = translate("第 %(pages)s 页与文件内的数据不符，文件可能被改动或者混入了其他文件的页面。")
            return {"tone": "red", "text": text % {"pages": "、".join(map(str, found.foreign))}}
        kept = kept_file(found.sha256)
        if kept is None:
            text = translate(
                "文件自身前后一致，但与平台保存的文件不是同一份，请以平台下载的文件为准。校验码：%(digest)s"
            )
            return {"tone": "amber", "text": text % {"digest": found.digest}}
        return _of_volume(kept.volume)


def _of_volume(volume: Volume | None) -> dict[str, Any]:
    if volume is None:
        return {"tone": "red", "text": translate("平台上没有这个校验码的月报汇编，或者不在您的查看范围内。")}
    newest = Volume.objects.filter(unit=volume.unit_id, month=volume.month).order_by("-number").first()
    known = {"unit": volume.unit.name, "month": words.month_name(volume.month), "n": volume.number}
    if newest and newest.number > volume.number:
        text = translate("是%(unit)s %(month)s月报汇编第 %(n)d 版，已被第 %(newest)d 版替代。")
        return {"tone": "amber", "text": text % (known | {"newest": newest.number})}
    return {"tone": "green", "text": translate("是%(unit)s %(month)s月报汇编第 %(n)d 版，现行有效。") % known}
