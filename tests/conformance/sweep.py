"""What every address answers: the table that the sweep compares the portal with.

It is written by hand from the roles of the business, not computed from the portal's own table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from offices.permissions import Role

R = Role
CLERKS = frozenset({R.OFFICE_CLERK, R.OFFICE_HEAD})
OFFICE = CLERKS | {R.ASSISTANT}
COUNTY = frozenset({R.COUNTY_REVIEWER, R.COUNTY_LEADER, R.COUNTY_STATISTICIAN})
COUNTY_DECIDERS = frozenset({R.COUNTY_REVIEWER, R.COUNTY_LEADER})
ABOVE = frozenset({R.CITY_REVIEWER, R.CITY_STATISTICIAN, R.PROVINCE_STATISTICIAN, R.PROVINCE_LINE_LEAD})
READERS = OFFICE | COUNTY
FIGURES = READERS | ABOVE
DECIDERS = frozenset({R.OFFICE_HEAD, R.COUNTY_REVIEWER, R.COUNTY_LEADER})
REVIEWING = frozenset(
    {R.COUNTY_REVIEWER, R.COUNTY_STATISTICIAN, R.CITY_REVIEWER, R.CITY_STATISTICIAN, R.PROVINCE_STATISTICIAN}
)
ADMINISTRATOR = frozenset({R.SYSTEM_ADMIN})
PROVINCE = frozenset({R.PROVINCE_STATISTICIAN, R.PROVINCE_LINE_LEAD})
ISSUER = frozenset({R.PROVINCE_STATISTICIAN})
CHANGING = ADMINISTRATOR | PROVINCE
FILERS, LEADER = frozenset({R.OFFICE_HEAD, R.COUNTY_STATISTICIAN}), frozenset({R.COUNTY_LEADER})
EVERYBODY = frozenset(Role)

# Answered without signing in.
OPEN = frozenset({"sign_in", "healthz"})


@dataclass(frozen=True)
class Entry:
    """One address and method: who may, what it answers them, and whether it names something that lies in a scope.

    ``target`` names what the address points at: nothing, a record, a person, a unit. Out of scope it answers 404,
    without the right 403. ``args`` and ``data`` build the rest from the target. ``both`` is seen from the other end too.
    """

    roles: frozenset[Role]
    code: int = 200
    method: str = "get"
    target: str = ""
    args: tuple[str, ...] = ()
    data: Callable[[Any], dict[str, Any]] = field(default=lambda target: {})
    query: str = ""
    both: bool = False


def today(target: Any) -> dict[str, Any]:
    """Return the date of a step."""
    return {"on": "2026-05-20"}


# One thing of each dated kind.
DATED = (
    ("deadline", "mediation.accept"),
    ("parameter", "check.base"),
    ("codes", "mediation.subtype"),
    ("calendar", "2026"),
    ("month", "month"),
)
NEXT_RULE = {"amount": "5", "unit": "workday", "article": "Art. 3", "valid_from": "2034-01-01", "reason": "shorter"}
RECORD, PERSON, POST = "record", "person", "post"
# Between two offices: one that waits for the office of the target, and one that it has offered itself.
COMING, GOING = "coming", "going"
# Named in the query alone: the record that another one is opened out of.
SOURCE = "source"
# Named in the query or in the middle of the address: a unit, the sheet of a unit, the edition of the whole province.
UNIT, SHEET, EDITION = "unit", "sheet", "edition"
# The province's volume of April.
VOLUME, VOLUME_REF = "volume", "volume0001"
# The clerk's own sheet of a month on its way up; one that is locked and differs from its ledger; a request about one.
MONTHLY, SEALED, CORRECTING = "monthly", "sealed", "correcting"
# A request to take back a step of the target's office.
ASKED = "asked"
# A change of the target's office that waits to be adopted.
CHANGE = "change"


def correcting(slug: str, target: str, step: str = "") -> dict[str, list[Entry]]:
    """Return the entries of a kind of record whose steps are corrected and taken back; none is taken yet."""
    return {
        f"{slug}:correct_step": [
            *(Entry(CLERKS, code, way, target=target, args=("STEP",)) for code, way in ((200, "get"), (422, "post"))),
            Entry(CLERKS, 404, target=target, args=("0",)),
        ][0 if step else 2 :],
        f"{slug}:take_back": [Entry(CLERKS, 303, target=target), Entry(CLERKS, 422, "post", target=target)],
        f"{slug}:void": [Entry(CLERKS, target=target), Entry(CLERKS, 422, "post", target=target)],
    }


SWEEP: dict[str, list[Entry]] = {
    "home": [Entry(EVERYBODY)],
    "drafts": [Entry(EVERYBODY)],
    "rules": [
        Entry(FIGURES),
        Entry(FIGURES, query="?kind=calendar"),
        Entry(FIGURES, 404, query="?kind=nothing"),
        Entry(FIGURES, 303, "post", data=lambda target: {"text": "2026"}),
    ],
    "rule": [
        *(entry for args in DATED for entry in (Entry(FIGURES, args=args), Entry(PROVINCE, 422, "post", args=args))),
        Entry(FIGURES, 404, args=("deadline", "nothing")),
        Entry(FIGURES, 404, args=("calendar", "1999")),
        Entry(FIGURES, 404, args=("nothing", "mediation.accept")),
        Entry(PROVINCE, 200, "post", args=DATED[0], data=lambda target: NEXT_RULE | {"preview": "1"}),
        Entry(PROVINCE, 404, "post", args=DATED[0], data=lambda target: {"decision": "adopt"}),
    ],
    "discard_draft": [Entry(EVERYBODY, 404, "post", args=("0000000000",))],
    "job": [Entry(EVERYBODY, 404, args=("0000000000",))],
    "download_export": [Entry(EVERYBODY, 404, args=("0000000000",))],
    "check_identifier": [Entry(OFFICE, 422, "post", data=lambda target: {"value": "1"})],
    "similar_disputes": [Entry(OFFICE, 200, "post", data=lambda target: {"parties-TOTAL_FORMS": "1"})],
    "register_oral": [Entry(CLERKS), Entry(CLERKS, 422, "post")],
    "disputes:list": [Entry(FIGURES)],
    "disputes:open": [Entry(OFFICE), Entry(OFFICE, 422, "post")],
    "disputes:open_draft": [Entry(OFFICE, 303, "post", data=lambda target: {"brief": "x"})],
    "disputes:export": [Entry(READERS - {R.ASSISTANT}, 303, "post")],
    "disputes:ledger": [Entry(READERS - {R.ASSISTANT}, 303, "post")],
    "disputes:detail": [Entry(READERS, target=RECORD), Entry(READERS, target=RECORD, query="?tab=log")],
    "disputes:amend": [Entry(OFFICE, target=RECORD), Entry(OFFICE, 422, "post", target=RECORD)],
    "disputes:step": [
        Entry(CLERKS, target=RECORD, args=("accept",)),
        Entry(CLERKS, 303, "post", target=RECORD, args=("accept",), data=today),
    ],
    "disputes:make_document": [
        Entry(CLERKS, target=RECORD, args=("registration",)),
        Entry(CLERKS, 303, "post", target=RECORD, args=("registration",)),
        Entry(CLERKS, target=RECORD, args=("dossier",)),
        Entry(CLERKS, 303, "post", target=RECORD, args=("dossier",)),
    ],
    "disputes:document": [Entry(READERS, 404, target=RECORD, args=("0000000000",))],
    "disputes:attach": [Entry(OFFICE, target=RECORD), Entry(OFFICE, 422, "post", target=RECORD)],
    "disputes:file": [Entry(READERS, target=RECORD, args=("FILE",))],
    "disputes:add_part": [
        Entry(OFFICE, target=RECORD, args=("evidence",)),
        Entry(OFFICE, 422, "post", target=RECORD, args=("evidence",)),
    ],
    "disputes:change_part": [
        Entry(OFFICE, target=RECORD, args=("evidence", "PART")),
        Entry(OFFICE, 422, "post", target=RECORD, args=("evidence", "PART")),
        Entry(OFFICE, 404, target=RECORD, args=("evidence", "0000000000")),
    ],
    "disputes:remove_part": [
        Entry(OFFICE, target=RECORD, args=("evidence", "PART")),
        Entry(OFFICE, 422, "post", target=RECORD, args=("evidence", "PART")),
        Entry(OFFICE, 404, "post", target=RECORD, args=("evidence", "0000000000")),
    ],
    "disputes:hand_over": [Entry(CLERKS, target=RECORD), Entry(CLERKS, 422, "post", target=RECORD)],
    "handovers": [Entry(READERS), Entry(READERS, query="?way=out")],
    "handover": [
        Entry(READERS, target=COMING, both=True),
        Entry(READERS, target=GOING, both=True),
        Entry(READERS, 404, args=("0000000000",)),
    ],
    "accept_handover": [Entry(CLERKS, target=COMING), Entry(CLERKS, 422, "post", target=COMING)],
    "return_handover": [Entry(CLERKS, target=COMING), Entry(CLERKS, 422, "post", target=COMING)],
    "withdraw_handover": [
        Entry(CLERKS, target=GOING),
        Entry(CLERKS, 303, "post", target=GOING, data=lambda target: {"reason": ""}),
    ],
    **correcting("disputes", RECORD, step="opened"),
    "disputes:void_file": [
        Entry(CLERKS, target=RECORD, args=("FILE",)),
        Entry(CLERKS, 422, "post", target=RECORD, args=("FILE",)),
    ],
    "disputes:void_document": [Entry(CLERKS, 404, target=RECORD, args=("0000000000",))],
    "corrections": [Entry(READERS), Entry(READERS, query="?state=decided")],
    "correction": [
        Entry(READERS, target=ASKED),
        Entry(READERS, 404, args=("0000000000",)),
        Entry(DECIDERS, 422, "post", target=ASKED, data=lambda target: {"decision": "refuse"}),
    ],
    "sign_out": [Entry(EVERYBODY, 303, "post")],
    "password": [Entry(EVERYBODY), Entry(EVERYBODY, 422, "post")],
    "account": [Entry(EVERYBODY), Entry(EVERYBODY, 422, "post")],
    "switch_membership": [Entry(EVERYBODY, 404, "post", data=lambda target: {"membership": "999999"})],
    "offices": [Entry(EVERYBODY)],
    "office": [Entry(EVERYBODY, args=("UNIT",)), Entry(EVERYBODY, 404, args=("999999",))],
    "unit_posts": [Entry(ADMINISTRATOR, 404, args=("UNIT",)), Entry(ADMINISTRATOR, 404, "post", args=("UNIT",))],
    "unit_changes": [Entry(CHANGING), Entry(CHANGING, query="?state=done")],
    "unit_change": [
        Entry(CHANGING, target=CHANGE),
        Entry(CHANGING, 404, args=("999999",)),
        Entry(CHANGING - ISSUER, 422, "post", target=CHANGE, data=lambda target: {"decision": "refuse"}),
        Entry(CHANGING - ISSUER, 422, "post", target=CHANGE, data=lambda target: {"decision": "nothing"}),
    ],
    "draft_unit_change": [
        *(Entry(ADMINISTRATOR, args=("UNIT", kind)) for kind in ("rename", "merge", "split", "move")),
        *(Entry(ADMINISTRATOR, 422, "post", args=("UNIT", kind)) for kind in ("rename", "merge", "split", "move")),
        Entry(ADMINISTRATOR, 404, args=("UNIT", "nothing")),
        Entry(ADMINISTRATOR, 404, args=("999999", "rename")),
    ],
    "people": [Entry(ADMINISTRATOR)],
    "people_search": [Entry(ADMINISTRATOR, 303, "post")],
    "person_create": [Entry(ADMINISTRATOR), Entry(ADMINISTRATOR, 422, "post")],
    "people_import": [Entry(ADMINISTRATOR), Entry(ADMINISTRATOR, 422, "post")],
    "people_import_template": [Entry(ADMINISTRATOR)],
    "people_import_run": [Entry(ADMINISTRATOR, 303, "post")],
    "people_import_passwords": [Entry(ADMINISTRATOR, 303, "post")],
    "person": [Entry(ADMINISTRATOR, target=PERSON)],
    "person_suspend": [Entry(ADMINISTRATOR, target=PERSON), Entry(ADMINISTRATOR, 303, "post", target=PERSON)],
    "person_restore": [Entry(ADMINISTRATOR, target=PERSON)],
    "person_reset_password": [Entry(ADMINISTRATOR, target=PERSON), Entry(ADMINISTRATOR, 200, "post", target=PERSON)],
    "membership_give": [Entry(ADMINISTRATOR, target=PERSON), Entry(ADMINISTRATOR, 422, "post", target=PERSON)],
    "membership_move": [Entry(ADMINISTRATOR, target=POST), Entry(ADMINISTRATOR, 422, "post", target=POST)],
    "membership_end": [Entry(ADMINISTRATOR, target=POST), Entry(ADMINISTRATOR, 422, "post", target=POST)],
    "dashboard": [
        Entry(FIGURES, 302),
        Entry(FIGURES, args=("mediation",)),
        Entry(FIGURES, target=UNIT, args=("mediation",), query="?unit={unit}"),
        Entry(FIGURES, 404, args=("nothing",)),
    ],
    "figure_rows": [Entry(FIGURES, target=UNIT, args=("mediation",), query="?figure=T9.01&unit={unit}")],
    "metric": [Entry(FIGURES, args=("T9.01",)), Entry(FIGURES, 404, args=("T9.99",))],
    "reports": [Entry(FIGURES)],
    "sheets": [Entry(FIGURES), Entry(REVIEWING, 303, "post")],
    "lock_month": [
        Entry(ISSUER, args=("2026-04",)),
        Entry(ISSUER, 303, "post", args=("2026-04",)),
        Entry(ISSUER, 404, args=("2020-01",)),
    ],
    "sheet_quality": [
        Entry(FIGURES),
        Entry(FIGURES, target=UNIT, query="?period=2026-04&unit={unit}"),
        Entry(FIGURES, 404, query="?form=nothing"),
    ],
    "sheet_calendar": [Entry(FIGURES)],
    "sheet": [Entry(FIGURES, target=MONTHLY)],
    "sheet_rows": [Entry(FIGURES, 404, target=MONTHLY, query="?figure=T9.01")],
    "sheet_step": [
        Entry(CLERKS, target=MONTHLY, args=("check",)),
        Entry(EVERYBODY, 404, target=MONTHLY, args=("nothing",)),
    ],
    "file_sheet_correction": [Entry(FILERS, target=SEALED), Entry(FILERS, 422, "post", target=SEALED)],
    "sheet_corrections": [Entry(FIGURES), Entry(FIGURES, query="?state=done")],
    "sheet_correction": [Entry(FIGURES, target=CORRECTING), Entry(FIGURES, 404, args=("0000000000",))],
    "sheet_correction_step": [
        Entry(LEADER, target=CORRECTING, args=("consent",)),
        Entry(LEADER, 303, "post", target=CORRECTING, args=("consent",)),
        Entry(LEADER, 422, "post", target=CORRECTING, args=("refuse_county",)),
        # Not on the province's desk yet.
        Entry(ISSUER, 303, target=CORRECTING, args=("restate",)),
        Entry(EVERYBODY, 404, target=CORRECTING, args=("nothing",)),
    ],
    "month_editions": [Entry(FIGURES, args=("2026-02",)), Entry(FIGURES, 404, args=("nothing",))],
    "compare_editions": [
        Entry(FIGURES, args=("2026-02",), query="?old=1&new=2&level=office&form=T9"),
        Entry(FIGURES, 404, args=("nothing",)),
    ],
    "issue_report": [Entry(ISSUER), Entry(ISSUER, 422, "post")],
    "edition": [Entry(FIGURES, target=SHEET), Entry(FIGURES, target=EDITION)],
    "edition_rows": [Entry(FIGURES, target=kind, query="?figure=T9.01") for kind in (SHEET, EDITION)],
    "edition_pdf": [Entry(FIGURES, 404, target=SHEET), Entry(FIGURES, target=EDITION)],
    "edition_xlsx": [Entry(FIGURES, 404, target=SHEET), Entry(FIGURES, target=EDITION)],
    "volumes": [Entry(FIGURES), Entry(FIGURES, 404, query="?period=x")],
    "verify_volume": [Entry(FIGURES), Entry(FIGURES, 422, "post")],
    "volume_pdf": [Entry(FIGURES, target=VOLUME)],
    "volume_xlsx": [Entry(FIGURES, target=VOLUME)],
    "disputes:import": [Entry(CLERKS), Entry(CLERKS, 422, "post")],
    "disputes:import_template": [Entry(CLERKS)],
    "disputes:import_batch": [Entry(CLERKS, 404, args=("0000000000",))],
    "disputes:import_columns": [Entry(CLERKS, 404, "post", args=("0000000000",))],
    "disputes:import_run": [Entry(CLERKS, 404, "post", args=("0000000000",))],
    "disputes:import_undo": [
        Entry(CLERKS, 404, args=("0000000000",)),
        Entry(CLERKS, 404, "post", args=("0000000000",)),
    ],
    "disputes:import_errors": [Entry(CLERKS, 404, args=("0000000000",))],
    "search": [Entry(FIGURES), Entry(FIGURES, 303, "post", data=lambda target: {"text": "zhangsan"})],
    "found": [Entry(FIGURES, 303, args=("0000000000",))],
    "choose_columns": [
        Entry(FIGURES, 303, "post", args=("disputes",)),
        Entry(EVERYBODY, 404, "post", args=("nothing",)),
    ],
    "save_view": [
        Entry(FIGURES, 303, "post", args=("disputes",), data=lambda target: {"name": "邻里"}),
        Entry(EVERYBODY, 404, "post", args=("nothing",)),
    ],
    "change_view": [
        Entry(FIGURES, 303, "post", args=("disputes", "open")),
        Entry(FIGURES, 404, "post", args=("disputes", "0000000000")),
    ],
}


def of_type(
    slug: str, step: str, *, part: str = "", source: str = "", openers: frozenset[Role] = OFFICE
) -> dict[str, list[Entry]]:
    """Return the entries of a kind of record. ``part`` is one of its kinds of parts, ``source`` what it comes out of."""
    opening = [Entry(openers), Entry(openers, 422, "post")]
    if source:
        query = f"?from={source}/{{{SOURCE}}}"
        opening = [Entry(openers, 404), Entry(openers, target=SOURCE, query=query)]
        opening.append(Entry(openers, 422, "post", target=SOURCE, query=query))
    part_code = 404 if not part else 200
    row = [(200, "get"), (422, "post")] if part else []
    return {
        f"{slug}:list": [Entry(FIGURES)],
        f"{slug}:open": opening,
        f"{slug}:open_draft": [Entry(openers, 303, "post", data=lambda target: {"title": "x"})],
        f"{slug}:export": [Entry(READERS - {R.ASSISTANT}, 303, "post")],
        f"{slug}:ledger": [Entry(READERS - {R.ASSISTANT}, 303, "post")],
        f"{slug}:detail": [Entry(READERS, target=slug), Entry(READERS, target=slug, query="?tab=log")],
        f"{slug}:amend": [Entry(OFFICE, target=slug), Entry(OFFICE, 422, "post", target=slug)],
        f"{slug}:step": [
            Entry(CLERKS, target=slug, args=(step,)),
            Entry(CLERKS, 422, "post", target=slug, args=(step,)),
        ],
        f"{slug}:add_part": [
            # A part that does not exist: whoever may read the record learns that much.
            Entry(OFFICE if part else READERS, part_code, target=slug, args=(part or "nothing",)),
        ],
        f"{slug}:change_part": [
            *(Entry(OFFICE, code, method, target=slug, args=(part, "PART")) for code, method in row),
            Entry(OFFICE if part else READERS, 404, target=slug, args=(part or "nothing", "0000000000")),
        ],
        f"{slug}:remove_part": [
            *(Entry(OFFICE, code, method, target=slug, args=(part, "PART")) for code, method in row),
            Entry(OFFICE if part else READERS, 404, "post", target=slug, args=(part or "nothing", "0000000000")),
        ],
        f"{slug}:make_document": [Entry(CLERKS, 404, target=slug, args=("nothing",))],
        f"{slug}:document": [Entry(READERS, 404, target=slug, args=("0000000000",))],
        f"{slug}:attach": [Entry(OFFICE, target=slug), Entry(OFFICE, 422, "post", target=slug)],
        f"{slug}:file": [Entry(READERS, 404, target=slug, args=("0000000000",))],
        f"{slug}:void_file": [Entry(CLERKS, 404, target=slug, args=("0000000000",))],
        f"{slug}:void_document": [Entry(CLERKS, 404, target=slug, args=("0000000000",))],
    }


SWEEP |= of_type("committees", "dissolve", part="funding")
SWEEP |= of_type("mediators", "leave", part="training")
SWEEP |= of_type("studios", "dissolve")
SWEEP |= of_type("centers", "dissolve", part="reception")
SWEEP |= of_type("rounds", "finish", part="village")
SWEEP |= of_type("findings", "settle", source="mediation.screeninground")
SWEEP |= of_type("alerts", "report", source="mediation.dispute")
SWEEP |= of_type("confirmations", "apply", source="mediation.dispute")
SWEEP |= of_type("reviews", "account", source="mediation.dispute", openers=CLERKS | COUNTY_DECIDERS)
# What the county alone decides, and steps that a fresh record does not offer yet.
SWEEP["alerts:step"] += [
    Entry(COUNTY_DECIDERS, target="alerts", args=("void",)),
    Entry(COUNTY_DECIDERS, 422, "post", target="alerts", args=("void",)),
    *(Entry(COUNTY_DECIDERS, 303, target="alerts", args=(step,)) for step in ("acknowledge", "lower")),
    *(Entry(CLERKS, 303, target="alerts", args=(step,)) for step in ("track", "upgrade", "close")),
]
SWEEP["alerts:add_part"] += [Entry(CLERKS, 303, target="alerts", args=("report_record",))]
SWEEP["reviews:step"] += [
    Entry(COUNTY_DECIDERS, target="reviews", args=("conclude",)),
    Entry(COUNTY_DECIDERS, 422, "post", target="reviews", args=("conclude",)),
]
SWEEP["mediators:step"] += [
    Entry(CLERKS, target="mediators", args=("change_post",)),
    Entry(CLERKS, 422, "post", target="mediators", args=("change_post",)),
]
SWEEP |= correcting("confirmations", "confirmations")
OTHER_TYPES = frozenset(name.partition(":")[0] for name in SWEEP if ":" in name) - {"disputes"}
