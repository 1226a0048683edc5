"""X12 answers: 355 (a set accepted or rejected) of what concerns the filing, 350 (status) of what concerns the truck.

After the tables of the sets: 350, group AU, ST M10 {P4 K1≤4 {X4 K1≤4 N9}} SE (X12 005010 350; CBP's "ANSI X.12 Truck
Manifest Implementation Guide, 350 Customs Status Information", 004060, April 2018); 355, group AZ, ST M10 K1≤10 {P4
K1≤10 {LX {N9 K1}}} SE (X12 004030 and later). CBP's guide to the 355 of trucks could not be read: what it narrows
further is not claimed.
Remarks are in English, the language of these sets; the page and JSON say the same in Spanish.
"""

from __future__ import annotations

from aforo.answers.answer import OF_FILING, Answer, Mend
from aforo.answers.grounds import Status
from aforo.answers.render import lines
from aforo.answers.render.envelope import clean, interchange, remarks, segment
from aforo.domain.envelope import X12Reference

MEDIA_TYPE = "application/edi-x12"
#: LX and X4 loops of one set, by the tables.
MOST_LOOPS = 9_999
MOST_REMARKS_355, MOST_REMARKS_350 = 10, 4

#: X407 by status, from CBP's disposition codes (CAMIR appendix D, CATAIR appendix N): 1C entered and released, 1A
#: entered and pending examination, the one code of all examinations. 1H, a hold, is what an officer keeps (assumed).
DISPOSITIONS: dict[Status, str] = {"released": "1C", "to_be_examined": "1A", "held": "1H"}


def render(answer: Answer, answered: X12Reference, control: int) -> bytes:
    """The answer in its interchange; ValueError where `control` is not 1 to 999999999."""
    if answer.status in OF_FILING:
        return interchange(answered, control, "AZ", "355", answer.at, _acceptance(answer, answered))
    return interchange(answered, control, "AU", "350", answer.at, _status(answer, answered))


def _manifest(answered: X12Reference) -> str:
    """The sender's M10 again. Where there was none: the carrier's code where the sender's identifier may be one, `J`
    for motor, and a conveyance and trip that are not known."""
    elements = [clean(each, 80) for each in answered.manifest[:20]]
    if elements and elements[0]:
        return segment("M10", *elements)
    sender = clean(answered.sender, 15)
    return segment(
        "M10", sender if 2 <= len(sender) <= 4 and sender.isalpha() else "ZZZZ", "J", "", "", "UNKNOWN", "UNKNOWN"
    )


def _port(answer: Answer, answered: X12Reference) -> str:
    return segment("P4", clean(answered.port, 30) or "UNKNOWN", f"{answer.at:%Y%m%d}")


def _grounds(answer: Answer) -> str:
    return "; ".join(each.citation for each in answer.grounds)


def _acceptance(answer: Answer, answered: X12Reference) -> list[str]:
    shown = answer.mend[:MOST_LOOPS]
    left = answer.unlisted + len(answer.mend) - len(shown)
    ours = f"{answered.set_kind} {answered.set_control} IN {answered.interchange_control}"
    said = [
        lines.short(answer, "en").upper(),
        f"ANSWER TO {ours}",
        answer.says.en,
        *([f"LEGAL GROUND {_grounds(answer)}"] if answer.grounds else []),
        f"ANSWER NUMBER {answer.id}",
    ]
    if left:
        said.append(f"{left} MORE PROBLEMS ARE NOT LISTED")
    heading = [part for each in said for part in remarks(each, MOST_REMARKS_355)][:MOST_REMARKS_355]
    loops = [part for each in shown for part in _problem(each)]
    return [_manifest(answered), *heading, _port(answer, answered), *loops]


def _problem(mend: Mend) -> list[str]:
    """One problem: the record it is in, its code and place as a reference that both sides know, and what to do."""
    number = str(min(max(mend.record, 1), 999_999))
    # The heading names the set; what is left of the place fits the element.
    _, _, inside = mend.place.partition(", set ")
    place = inside.partition(", ")[2] or mend.place
    return [
        segment("LX", number),
        segment("N9", "ZZ", clean(mend.code, 30), clean(place, 45)),
        *remarks(mend.reason.en, MOST_REMARKS_355),
    ]


def _status(answer: Answer, answered: X12Reference) -> list[str]:
    carrier = clean(answered.manifest[0], 4) if answered.manifest else ""
    body = [_manifest(answered), _port(answer, answered)]
    body += remarks(answer.go.words.en if answer.go else answer.says.en, MOST_REMARKS_350)
    said = [part for each in (answer.says.en, _grounds(answer)) for part in remarks(each, MOST_REMARKS_350)]
    for each in answer.reference.declarations[:MOST_LOOPS]:
        waybill = clean(each, 200)
        body.append(
            segment(
                "X4", waybill if len(waybill) <= 12 else "", "", "", "", f"{answer.at:%Y%m%d}", f"{answer.at:%H%M}",
                DISPOSITIONS[answer.status], "", carrier if len(carrier) >= 2 else "ZZZZ",
            )
        )  # fmt: skip
        body += said[:MOST_REMARKS_350]
        if len(waybill) > 12:
            # A waybill number is short in older releases; a longer identifier is a reference, in two parts if need be.
            body.append(segment("N9", "ZZ", waybill[:30].strip(), waybill[30:75].strip()))
    return body
