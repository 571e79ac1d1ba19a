"""What the law allows of a dispute's steps: each guard names its article and says what to do instead."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as translate

from casework.workflow import NotPossible

# How an agreement stands that is still to be performed.
OPEN_PERFORMANCE = frozenset({"not_due", "partial"})
PERFORMED = frozenset({"at_once", "full"})
# Reasons of an end that presuppose that mediation has begun.
AFTER_BEGINNING = frozenset({"no_agreement", "out_of_time"})


def nobody_refuses(record: Any, facts: dict[str, Any]) -> None:
    """Art. 17: mediation must not proceed when one party clearly refuses it."""
    if facts.get("party_refuses"):
        raise NotPossible(translate("一方当事人明确拒绝调解的，不得调解（人民调解法第十七条）。请改为“不予受理”。"))


def mediators_named(record: Any, facts: dict[str, Any]) -> None:
    """Art. 19: one or more mediators are appointed or chosen; nobody mediates in a matter of one's own."""
    if not facts.get("mediators"):
        raise NotPossible(translate("请至少指定一名调解员（人民调解法第十九条）。"))
    if absent := facts.get("absent"):
        text = translate("%(names)s在 %(day)s 不在任，请另选，或者更正日期。")
        raise NotPossible(text % {"names": translate("、").join(absent), "day": facts["on"].isoformat()})
    if identical := facts.get("identical"):
        text = translate("%(names)s是本案当事人、代理人或监护人（证件号码相同），不能调解本案，请另选。")
        raise NotPossible(text % {"names": translate("、").join(identical)})
    if namesakes := facts.get("namesakes"):
        text = translate("%(names)s与本案当事人、代理人或监护人同名：是同一人的请另选；不是同一人的，请勾选“已核实”。")
        raise NotPossible(text % {"names": translate("、").join(namesakes)})


def rights_told(record: Any, facts: dict[str, Any]) -> None:
    """Arts. 23 and 24: the parties know their rights and duties before mediation begins, and not before acceptance."""
    told = facts.get("rights_notice_on")
    if not told:
        raise NotPossible(translate("请先告知双方权利义务并填写告知日期（人民调解法第二十三、二十四条）。"))
    if told > facts["on"]:
        text = translate("权利义务应当在开始调解前告知：告知日期不能晚于开始调解的日期（%(day)s）。")
        raise NotPossible(text % {"day": facts["on"].isoformat()})
    if record.accepted_on and told < record.accepted_on:
        text = translate("权利义务在受理后告知：告知日期不能早于受理日期（%(day)s）。")
        raise NotPossible(text % {"day": record.accepted_on.isoformat()})


def signed_by_all(record: Any, facts: dict[str, Any]) -> None:
    """Art. 29: an agreement takes effect when the parties and the mediators have signed and the seal is set."""
    if not (facts.get("parties_signed") and facts.get("mediators_signed") and facts.get("sealed")):
        raise NotPossible(translate("当事人、调解员签名并加盖调委会印章后协议才生效（人民调解法第二十九条）。"))


def may_be_ended(record: Any, facts: dict[str, Any]) -> None:
    """Arts. 17, 23 and 26: a party may refuse or leave at any time; whoever ends mediation names the other routes."""
    if record.state != "mediating" and facts.get("failure") in AFTER_BEGINNING:
        text = translate(
            "尚未开始调解，终止原因请选择“当事人拒绝调解”“当事人撤回或退出”或“发现不宜调解”（人民调解法第二十三条）。"
        )
        raise NotPossible(text)
    if not facts.get("told_routes"):
        raise NotPossible(
            translate("调解不成的，应当告知仲裁、行政、司法等途径，请勾选已告知的途径（人民调解法第二十六条）。")
        )


def court_told(record: Any, facts: dict[str, Any]) -> None:
    """Art. 32: on a dispute about performance a party may go to court."""
    if not facts.get("court_told"):
        raise NotPossible(translate("请告知当事人可以向人民法院提起诉讼（人民调解法第三十二条）。"))


def both_consent(record: Any, facts: dict[str, Any]) -> None:
    """Art. 33 of the 2002 Rules: in general one month; longer only when both parties agree to it."""
    if not facts.get("both_consent"):
        raise NotPossible(translate("延长调解期限须经双方当事人同意（人民调解工作若干规定第三十三条）。"))
    if record.due_on and facts["on"] > record.due_on:
        text = translate("调解期限已于 %(day)s 届满，延长须在届满前由双方同意；请登记调解结果。")
        raise NotPossible(text % {"day": record.due_on.isoformat()})
    if record.due_on and facts["until"] <= record.due_on:
        raise NotPossible(translate("延长后的期限应当晚于现有期限。"))
    if facts["latest"] and facts["until"] > facts["latest"]:
        text = translate("本次最多延长到 %(day)s；届时仍需延长的，再次征得双方同意。")
        raise NotPossible(text % {"day": facts["latest"].isoformat()})
    if not facts.get("paper"):
        raise NotPossible(translate("请在“依据文书”中填写双方当事人同意延长的书面材料。"))


def performance_is_settled(record: Any, facts: dict[str, Any]) -> None:
    """Art. 31: the committee supervises performance; a case is closed when it is known how that ended."""
    if record.agreement_form and record.performance in OPEN_PERFORMANCE:
        raise NotPossible(translate("协议尚未履行完毕，请先登记履行情况（人民调解法第三十一条）。"))
    missing = facts.get("missing") or []
    if missing and not facts.get("missing_noted"):
        papers = translate("、").join(str(paper) for paper in missing)
        text = translate("卷宗还缺：%(papers)s。请补齐，或勾选“缺件已在卷宗情况说明中注明”并写明原因。")
        raise NotPossible(text % {"papers": papers})


def may_be_closed(record: Any, facts: dict[str, Any]) -> None:
    """Shandong asks for the receipt of a transfer; a dispute that was never accepted has no dossier to close."""
    if record.state == "transferred":
        if record.accepted_on is None:
            raise NotPossible(translate("受理前分流的纠纷不立卷，不需要结案。"))
        if not facts.get("receipt_on"):
            raise NotPossible(
                translate("移交的案件收到回执后才能结案，请先在“过程记录”中填写移交回执日期；被退回的请登记退回。")
            )
    performance_is_settled(record, facts)


def has_result(record: Any, facts: dict[str, Any]) -> None:
    """A return visit follows an agreement or the end of mediation."""
    if not is_settled(record):
        raise NotPossible(translate("本件没有调解结果，不需要回访；移交的案件收到回执后直接结案。"))


def before_acceptance(record: Any, facts: dict[str, Any]) -> None:
    """What was diverted before its acceptance comes back to be examined."""
    if record.accepted_on is not None:
        raise NotPossible(translate("本件已经受理，请登记“退回后继续调解”或“退回后另寻途径”。"))


def before_result(record: Any, facts: dict[str, Any]) -> None:
    """What was transferred out of mediation comes back into it."""
    if record.accepted_on is None or is_settled(record):
        raise NotPossible(translate("本件不是在调解中移交的，不能退回继续调解，请按移交前的情况登记。"))


def after_failure(record: Any, facts: dict[str, Any]) -> None:
    """What was passed on after a failure comes back as a failure."""
    if not record.failure:
        raise NotPossible(translate("本件不是调解不成后移交的；达成协议的，请登记“跟踪履行”“履行完毕”或“未履行”。"))


def is_settled(record: Any) -> bool:
    """Tell whether mediation has ended, with an agreement or without."""
    return bool(record.agreement_form or record.failure)


def is_agreed(record: Any) -> bool:
    """Tell whether there is an agreement."""
    return bool(record.agreement_form)


def is_to_be_performed(record: Any) -> bool:
    """Tell whether there is an agreement that nobody has seen performed."""
    return is_agreed(record) and record.performance not in PERFORMED


def has_agreement(record: Any, facts: dict[str, Any]) -> None:
    """Performance presupposes an agreement: a visited case may have ended without one."""
    if not record.agreement_form:
        raise NotPossible(translate("本件没有达成协议，不需要登记履行。"))


def court_told_of_agreement(record: Any, facts: dict[str, Any]) -> None:
    """Arts. 31 and 32 together."""
    has_agreement(record, facts)
    court_told(record, facts)
