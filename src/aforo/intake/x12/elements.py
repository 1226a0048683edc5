"""Data elements of X12: their types, lengths and names, by the version that a functional group names.

Facts of the ASC X12 data element dictionary (X12.3), as published for releases 4010 to 8050 by stedi.com/edi and
kasoftware.com/schema/edi, and by the open grammars EdiFabric (X12004050, X12006050) and GotWoods/EDDY.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import NamedTuple

#: Number, type, least/greatest length, name; and from which later version on the greatest length is another.
DICTIONARY = """
19 AN 2/30 City Name
22 AN 1/30 Commodity Code
23 ID 1/1 Commodity Code Qualifier 7010:2
24 ID 4/4 Equipment Type
26 ID 2/3 Country Code
28 N0 1/9 Group Control Number
40 ID 2/2 Equipment Description Code
55 AN 2/10 Flight/Voyage Number 5030:30
56 ID 2/4 Type of Service Code
60 AN 1/25 In-bond Control Number 6010:50
61 AN 1/30 Free-form Message
62 AN 4/10 Hazardous Material Code
63 AN 1/24 Hazardous Material Contact
64 AN 2/30 Hazardous Material Description
65 R 1/8 Height
66 ID 1/2 Identification Code Qualifier
67 AN 2/80 Identification Code
77 N0 1/3 Flashpoint Temperature
80 N0 1/7 Lading Quantity
81 R 1/10 Weight
82 R 1/8 Length
87 AN 1/48 Marks and Numbers 8010:80
88 ID 1/2 Marks and Numbers Qualifier
91 ID 1/2 Transportation Method/Type Code
93 AN 1/60 Name
96 N0 1/10 Number of Included Segments
97 N0 1/6 Number of Transaction Sets Included
98 ID 2/3 Entity Identifier Code
100 ID 3/3 Currency Code
102 ID 1/1 Ownership Code
106 AN 1/25 Event
114 AN 2/24 Port Name
115 ID 1/1 Port or Terminal Function Code
116 ID 3/15 Postal Code
123 N0 1/6 Number of Received Transaction Sets
124 AN 2/15 Application Receiver's Code
127 AN 1/30 Reference Identification 4030:50 5030:80
128 ID 2/3 Reference Identification Qualifier
140 ID 2/4 Standard Carrier Alpha Code
142 AN 2/15 Application Sender's Code
143 ID 3/3 Transaction Set Identifier Code
146 AN 2/8 Customs Shipment Value 8010:9
154 ID 6/9 Standard Point Location Code
156 ID 2/2 State or Province Code
166 AN 1/55 Address Information
182 AN 2/28 Vessel Name 7010:50
183 R 1/8 Volume
184 ID 1/1 Volume Unit Qualifier
187 ID 1/2 Weight Qualifier
188 ID 1/1 Weight Unit Code
189 R 1/8 Width
200 AN 1/6 Hazardous Materials Page
206 AN 1/4 Equipment Initial
207 AN 1/10 Equipment Number 4050:15
208 ID 1/1 Hazardous Material Code Qualifier
209 ID 1/4 Hazardous Material Class Code
225 AN 2/15 Seal Number
254 ID 1/3 Packing Group Code
256 ID 1/1 Manifest Type Code
274 AN 1/30 Hazardous Material Classification
288 ID 1/3 Import/Export Code
304 ID 3/3 Event Code
306 ID 1/2 Action Code
309 ID 1/2 Location Qualifier
310 AN 1/30 Location Identifier
329 AN 4/9 Transaction Set Control Number
337 TM 4/8 Time
346 ID 2/2 Application Type
352 AN 1/80 Description
353 ID 2/2 Transaction Set Purpose Code
355 ID 2/2 Unit or Basis for Measurement Code
364 AN 1/80 Communication Number 5010:256 6020:2048
365 ID 2/2 Communication Number Qualifier
366 ID 2/2 Contact Function Code
369 AN 1/45 Free-form Description
373 DT 8/8 Date
374 ID 3/3 Date/Time Qualifier
380 R 1/15 Quantity
393 ID 2/2 Amendment Code
443 AN 1/20 Contact Inquiry Reference
447 AN 1/6 Loop Identifier Code
455 ID 1/2 Responsible Agency Code
479 ID 2/2 Functional Identifier Code
480 AN 1/12 Version / Release / Industry Identifier Code
539 AN 1/25 Vehicle Identification Number 5010:30
554 N0 1/6 Assigned Number 7010:9
559 ID 2/2 Agency Qualifier Code
567 N0 4/5 Equipment Length
578 ID 1/1 Load/Empty Status Code
580 ID 1/1 Amendment Type Code
588 ID 1/3 Manifest Unit Code
597 ID 1/8 Vessel Code
598 AN 1/12 Bill of Lading/Waybill Number 4020:25 6010:50
599 ID 2/2 Customs Entry Type Code 6010:3
610 N2 1/15 Amount
615 ID 2/2 Bill of Lading Disposition Code 6010:3
623 ID 2/2 Time Code
641 ID 3/3 Status Reason Code
659 ID 1/2 Basis of Verification Code
706 ID 2/2 Entity Relationship Code
715 ID 1/1 Functional Group Acknowledge Code
716 ID 1/3 Functional Group Syntax Error Code
717 ID 1/1 Transaction Set Acknowledgment Code
718 ID 1/3 Transaction Set Syntax Error Code
719 N0 1/6 Segment Position in Transaction Set 5030:10
720 ID 1/3 Segment Syntax Error Code
721 ID 2/3 Segment ID Code
723 ID 1/3 Data Element Syntax Error Code
724 AN 1/99 Copy of Bad Data Element
732 AN 1/15 Customs Entry Number 6010:50
761 N0 1/1 Equipment Number Check Digit
819 ID 2/3 Language Code
897 ID 1/1 Vessel Code Qualifier
1035 AN 1/35 Name Last or Organization Name 4050:60
1036 AN 1/25 Name First 4050:35
1037 AN 1/25 Name Middle
1038 AN 1/10 Name Prefix
1039 AN 1/10 Name Suffix
1065 ID 1/1 Entity Type Qualifier
1066 ID 1/2 Citizenship Status Code
1067 ID 1/1 Marital Status Code
1068 ID 1/1 Gender Code
1073 ID 1/1 Yes/No Condition or Response Code
1096 N0 4/4 Year
1250 ID 2/3 Date Time Period Format Qualifier
1251 AN 1/35 Date Time Period
1270 ID 1/3 Code List Qualifier Code
1271 AN 1/30 Industry Code
1715 ID 1/3 Country Subdivision Code
"""
#: Codes of elements whose list is short and the same in every version; of others, only the form is checked.
CODES: dict[str, frozenset[str]] = {
    "1073": frozenset("NUWY"),
    "715": frozenset("AEMPRWX"),
    "717": frozenset("AEMRWX"),
}


class Element(NamedTuple):
    """A data element as one version has it. Lengths are in characters; for numbers, in digits."""

    number: str
    kind: str
    least: int
    most: int
    name: str


@cache
def dictionary(version: int) -> dict[str, Element]:
    """The elements by number, as of a version such as 5010."""
    table = {}
    for line in DICTIONARY.strip().splitlines():
        number, kind, lengths, *words = line.split()
        least, most = (int(each) for each in lengths.split("/"))
        later = [word.split(":") for word in words if re.fullmatch(r"[0-9]{4}:[0-9]+", word)]
        for since, longer in later:
            most = int(longer) if version >= int(since) else most
        name = " ".join(words[: len(words) - len(later)])
        table[number] = Element(number, kind, least, most, name)
    return table


#: No count or control number has more digits.
MOST_DIGITS = 15
_DECIMAL = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:E-?[0-9]{1,3})?\Z")
_WHOLE = re.compile(r"-?[0-9]+\Z")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9](?:[0-9]{1,2})?)?\Z")


def is_date(value: str) -> bool:
    """Whether it is a day of the calendar, CCYYMMDD."""
    if len(value) != 8 or not (value.isascii() and value.isdigit()):
        return False
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return False
    return True


def is_time(value: str) -> bool:
    """Whether it is a time of day: HHMM, HHMMSS, with tenths or hundredths."""
    return _TIME.match(value) is not None


#: What element 1251 says by its qualifier (element 1250): dates and times of the calendar, alone, joined, in ranges.
_PERIODS: dict[str, tuple[str, ...]] = {
    "D8": ("D",),
    "D6": ("Y",),
    "TM": ("T",),
    "TS": ("S",),
    "DT": ("D", "T"),
    "RTS": ("D", "S"),
    "RD8": ("D", "-", "D"),
    "RD6": ("Y", "-", "Y"),
    "RTM": ("T", "-", "T"),
    "RDT": ("D", "T", "-", "D", "T"),
}
_LENGTHS = {"D": 8, "Y": 6, "T": 4, "S": 6, "-": 1}


def is_period(qualifier: str, value: str) -> bool:
    """Whether a date time period (element 1251) is one of the calendar, where its qualifier says how it is written."""
    parts = _PERIODS.get(qualifier)
    if parts is None:
        return True
    if len(value) != sum(_LENGTHS[part] for part in parts):
        return False
    at = 0
    for part in parts:
        text = value[at : at + _LENGTHS[part]]
        at += len(text)
        fits = {"D": is_date(text), "Y": is_date(f"20{text}"), "-": text == "-"}.get(part, is_time(text))
        if not fits:
            return False
    return True


def is_decimal(value: str) -> bool:
    """Whether it is a number of type R: a decimal point where needed, a minus sign, an exponent."""
    return (value.isdigit() and value.isascii()) or _DECIMAL.match(value) is not None


def is_whole(value: str) -> bool:
    """Whether it is a number of type N: digits with an implied decimal point."""
    return (value.isdigit() and value.isascii()) or _WHOLE.match(value) is not None


def count_of(value: str) -> int | None:
    """The number that a count or a control number says; None where it says none."""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS else None


#: For each type: whether a value is of it, and what is said where it is not.
CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "DT": (is_date, "x12_date"),
    "TM": (is_time, "x12_time"),
    "R": (is_decimal, "x12_number"),
    "N0": (is_whole, "x12_number"),
    "N2": (is_whole, "x12_number"),
    "AN": (str.isprintable, "x12_characters"),
    "ID": (str.isprintable, "x12_characters"),
}


def fault_of(element: Element, value: str) -> str:
    """The code of what is wrong with a value that is not empty; empty where nothing is."""
    kind = element.kind
    fits, code = CHECKS[kind]
    if not fits(value):
        return code
    length = len(value)
    if kind in ("R", "N0", "N2") and not value.isdigit():
        length = sum(character.isdigit() for character in value.partition("E")[0])
    if length > element.most:
        return "x12_long"
    if length < element.least:
        return "x12_short"
    codes = CODES.get(element.number)
    return "x12_code" if codes is not None and value not in codes else ""


def sight(element: Element) -> str:
    """A regular expression that only right values of an element match, if not all of them."""
    least, most = element.least, element.most
    if element.number in CODES:
        return "[" + "".join(sorted(CODES[element.number])) + "]"
    if element.kind in ("AN", "ID"):
        return f"[!-~À-ÿ][ -~À-ÿ]{{{least - 1},{most - 1}}}"
    if element.kind == "DT":
        return "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])"
    if element.kind == "TM":
        return "(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?"
    return f"[0-9]{{{least},{most}}}"
