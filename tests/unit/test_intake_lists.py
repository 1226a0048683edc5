"""The lists of OFAC, BIS and the United Nations, read from samples of ours in the forms of their publishers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aforo.domain.watchlist import Entry, ListedAddress, ListedIdentifier, ListedName
from aforo.intake.lists import bis, ofac, un
from aforo.intake.lists.publishers import publisher_of, read_lists
from aforo.intake.lists.reading import Reading, birth_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)

SDN = (
    '7001,"QUINTANAR OSORNO, Ladislao","individual","SDNTK] [ILLICIT-DRUGS-EO14059","Manager",-0- ,-0- ,-0- ,-0- ,-0- ,'
    '-0- ,"DOB 02 Jul 1957; alt. DOB 1958; POB Tepic; nationality Mexico; '
    "R.F.C. QUOL570702AB1 (Mexico); a.k.a. 'EL LALO'.\"\r\n"
    '7002,"MERIDIAN DAWN","vessel","NPWMD",-0- ,"T2XY9","Crude Oil Tanker",-0- ,-0- ,"Tuvalu",-0- ,'
    '"Vessel Registration Identification IMO 9100001; MMSI 572000001."\r\n'
    '7003,"COMERCIALIZADORA VALLE GRIS, S.A. DE C.V.",-0- ,"SDNTK",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n\x1a'
)
ADD = '7001,1,"Calle Falsa 12","Guadalajara, Jalisco","Mexico",-0- \r\n7099,2,"Nowhere 1",-0- ,-0- ,-0- \r\n'
ALT = '7001,11,"aka","QUINTANAR, Lalo",-0- \r\n'
ALT += '7003,12,"fka","VALLE GRIS EXPORTA",-0- \r\n7098,13,"aka","ZEFIRO NORTE",-0- \r\n'
DPL_HEADER = "\t".join(f'"{column}"' for column in bis.COLUMNS)
DPL_ROW = '" ODALYS VREELAND"\t"1 ROAD"\t"EL PASO"\t"TX"\t"US"\t"79901"\t'
DPL_ROW += '"08/24/2022"\t"01/14/2030"\t"Y"\t""\t"ADDED"\t"1 F.R. 2"'
UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-11-20T00:00:09Z"><INDIVIDUALS><INDIVIDUAL>
<DATAID>1</DATAID><FIRST_NAME>TARVO</FIRST_NAME><SECOND_NAME>ELMERIN</SECOND_NAME><UN_LIST_TYPE>Test</UN_LIST_TYPE>
<REFERENCE_NUMBER>TSi.001</REFERENCE_NUMBER><LISTED_ON>2012-12-31</LISTED_ON>
<NAME_ORIGINAL_SCRIPT>Тарво Элмерин</NAME_ORIGINAL_SCRIPT><NATIONALITY><VALUE>Nowhere</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>The Heron; The Crane</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1970</FROM_YEAR><TO_YEAR>1973</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_ADDRESS><CITY>Port</CITY><COUNTRY>Nowhere</COUNTRY></INDIVIDUAL_ADDRESS>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>X1</NUMBER></INDIVIDUAL_DOCUMENT>
<HOBBY>chess</HOBBY></INDIVIDUAL></INDIVIDUALS>
<ENTITIES><ENTITY><DATAID>2</DATAID><FIRST_NAME>HARROW TRUST</FIRST_NAME><REFERENCE_NUMBER>TSe.002</REFERENCE_NUMBER>
<ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>Harrow Fund</ALIAS_NAME></ENTITY_ALIAS></ENTITY></ENTITIES>
</CONSOLIDATED_LIST>"""


def codes(reading: Reading) -> list[str]:
    return sorted(reading.counts)


def of_ofac(**files: str) -> Reading:
    return ofac.read({name: text.encode() for name, text in files.items()})


def test_ofac_joins_three_files_and_reads_the_remarks() -> None:
    reading = of_ofac(sdn=SDN, add=ADD, alt=ALT)
    entries = {entry.entry_id: entry for entry in reading.entries}
    person = entries["7001"]
    assert person.kind == "person"
    assert person.names == (
        ListedName("QUINTANAR OSORNO, Ladislao"),
        ListedName("QUINTANAR, Lalo", "strong"),
        ListedName("EL LALO", "weak"),
    )
    assert person.born == ("1957-07-02", "1958")
    assert person.programmes == ("SDNTK", "ILLICIT-DRUGS-EO14059")
    assert person.countries == ("Mexico",)
    assert person.identifiers == (ListedIdentifier("R.F.C", "QUOL570702AB1", "Mexico"),)
    assert person.addresses == (ListedAddress("Calle Falsa 12", "Guadalajara, Jalisco", "Mexico"),)
    assert "POB Tepic" in person.notes
    assert entries["7002"].kind == "vessel"
    assert {each.number for each in entries["7002"].identifiers} == {"T2XY9", "IMO 9100001", "572000001"}
    assert entries["7003"].names[1] == ListedName("VALLE GRIS EXPORTA", "former")


def test_an_ofac_alias_without_its_entry_is_screened_and_told() -> None:
    reading = of_ofac(sdn=SDN, add=ADD, alt=ALT)
    alone = next(entry for entry in reading.entries if entry.entry_id == "7098")
    assert alone.names == (ListedName("ZEFIRO NORTE", "strong"),)
    assert reading.counts == {"ofac_alias_alone": 1, "ofac_address_alone": 1}


def test_damage_in_a_line_stays_in_that_line() -> None:
    lines = SDN.split("\r\n")
    damaged = "\r\n".join([lines[0], '7777,"OPEN QUOTE, -0-', "7778,short", 'x,"NO NUMBER"' + ",-0- " * 10, *lines[1:]])
    reading = of_ofac(sdn=damaged, add=ADD, alt=ALT)
    assert {"7001", "7002", "7003"} <= {entry.entry_id for entry in reading.entries}
    assert {"quotes_unbalanced", "fields_wrong", "entry_number_wrong"} <= set(reading.counts)
    places = {problem.code: problem.place for problem in reading.problems}
    assert places["quotes_unbalanced"] == "sdn, line 2"


def test_a_number_that_is_there_twice_is_told() -> None:
    first = SDN.split("\r\n")[0]
    assert codes(of_ofac(sdn=SDN + "\r\n" + first, add=ADD, alt=ALT.split("\r\n")[0])) == [
        "entry_repeated",
        "ofac_address_alone",
    ]
    other = first.replace("Ladislao", "Leopoldo")
    assert "entry_contradicts" in codes(of_ofac(sdn=SDN + "\r\n" + other, add=ADD, alt=ALT))


def test_the_main_file_alone_is_told() -> None:
    assert of_ofac(sdn=SDN).counts == {"ofac_file_absent": 2}


def test_bis_reads_rows_and_joins_those_of_one_order() -> None:
    other = DPL_ROW.replace("1 ROAD", "2 ROAD").replace("2030", "2031")
    reading = bis.read({"dpl": "\n".join((DPL_HEADER, DPL_ROW, other)).encode()})
    assert reading.counts == {}
    (entry,) = reading.entries
    assert entry.names == (ListedName("ODALYS VREELAND"),)
    assert [address.street for address in entry.addresses] == ["1 ROAD", "2 ROAD"]
    assert (entry.listed_on, entry.expires_on) == ("2022-08-24", "2031-01-14")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (DPL_HEADER.replace('"Name"', '"Nombre"'), "column_missing"),
        (DPL_HEADER.replace('"State"', '"Estado"') + "\n" + DPL_ROW, "column_unknown"),
        (DPL_HEADER + "\n" + DPL_ROW + '\t"more"', "fields_wrong"),
        (DPL_HEADER + "\n" + DPL_ROW.replace(" ODALYS VREELAND", " "), "name_missing"),
        (DPL_HEADER + "\n" + DPL_ROW.replace("08/24/2022", "2022-08-24"), "day_unreadable"),
        (DPL_HEADER + "\n" + DPL_ROW.replace("1 ROAD", "x" * 70_000), "record_too_long"),
    ],
)
def test_what_is_wrong_with_bis_is_told(text: str, code: str) -> None:
    assert codes(bis.read({"dpl": text.encode()})) == [code]


def test_un_reads_individuals_and_entities() -> None:
    reading = un.read({"un": UN.encode()})
    person, firm = reading.entries
    assert reading.published_at == datetime(2026, 11, 20, 0, 0, 9, tzinfo=UTC)
    assert person == Entry(
        "un",
        "TSi.001",
        "person",
        (
            ListedName("TARVO ELMERIN"),
            ListedName("Тарво Элмерин", "strong"),
            ListedName("The Heron", "weak"),
            ListedName("The Crane", "weak"),
        ),
        (ListedAddress("", "Port", "Nowhere"),),
        ("1970/1973",),
        ("Nowhere",),
        ("Test",),
        (ListedIdentifier("Passport", "X1"),),
        "",
        "2012-12-31",
    )
    assert (firm.kind, firm.names[1]) == ("firm", ListedName("Harrow Fund", "former"))
    assert reading.counts == {"element_unknown": 1}, "an element that is new is told, not lost in silence"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('<!DOCTYPE CONSOLIDATED_LIST [<!ENTITY a "b">]>' + UN[UN.index("<CONS") :], "xml_doctype"),
        ('<!DOCTYPE CONSOLIDATED_LIST SYSTEM "file:///etc/hostname">' + UN[UN.index("<CONS") :], "xml_doctype"),
        (UN.replace("<CITY>", "<x>" * 40 + "<CITY>"), "xml_too_deep"),
        (UN.replace("chess", "x" * 2_000_000), "record_too_long"),
        (UN.replace("<HOBBY>", "<INDIVIDUAL_ALIAS/>" * 100_000 + "<HOBBY>"), "record_too_long"),
        (UN.replace("TARVO", "&who;"), "xml_damaged"),
        ("<OTHER/>", "list_unknown"),
        ('<?xml version="1.0" encoding="nonsense"?><CONSOLIDATED_LIST/>', "list_not_text"),
    ],
)
def test_hostile_xml_is_refused(text: str, code: str) -> None:
    assert code in un.read({"un": text.encode()}).counts


def test_what_came_before_the_damage_is_kept() -> None:
    cut = UN[: UN.index("<ENTITIES>") + 30]
    reading = un.read({"un": cut.encode()})
    assert [entry.entry_id for entry in reading.entries] == ["TSi.001"]
    assert "xml_damaged" in reading.counts


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("21 Mar 1965", "1965-03-21"),
        ("circa 1960", "1960"),
        ("Sep 1970", "1970-09"),
        ("1957 to 1959", "1957/1959"),
        ("1971-02-30", None),
        ("30 Feb 1971", None),
        ("someday", None),
    ],
)
def test_births_are_read_as_lists_write_them(told: str, read: str | None) -> None:
    assert birth_of(told) == read


FILES: Mapping[str, bytes] = {
    "a": SDN.encode(),
    "b": ADD.encode(),
    "c": ALT.encode(),
    "d": f"{DPL_HEADER}\n{DPL_ROW}".encode(),
    "e": UN.encode(),
}


def test_files_are_known_by_what_they_hold() -> None:
    assert [publisher_of(data) for data in FILES.values()] == ["ofac", "ofac", "ofac", "bis", "un"]
    loaded = read_lists({**FILES, "f": b"hello"}, NOW)
    assert [each.publisher for each in loaded.lists] == ["ofac", "bis", "un"]
    assert [problem.code for problem in loaded.problems if problem.place == "f"] == ["list_unknown"]
    assert loaded.refused


@pytest.mark.parametrize("encode", [lambda text: text.encode("utf-16"), lambda text: b"\xef\xbb\xbf" + text.encode()])
def test_other_encodings_are_read(encode: object) -> None:
    assert callable(encode)
    loaded = read_lists({"d": encode(f"{DPL_HEADER}\n{DPL_ROW}")}, NOW)
    assert len(loaded.lists[0].entries) == 1


def test_latin_text_is_read_and_told() -> None:
    reading = bis.read({"d": f"{DPL_HEADER}\n{DPL_ROW.replace('VREELAND', 'NÚÑEZ')}".encode("cp1252")})
    assert reading.entries[0].names[0].text == "ODALYS NÚÑEZ"
    assert codes(reading) == ["list_encoding"]


def test_a_list_is_as_old_as_it_says_and_stale_after_days() -> None:
    lists = {each.publisher: each for each in read_lists(FILES, NOW).lists}
    fresh = lists["un"].freshness(NOW)
    assert (round(fresh.age_days, 2), fresh.stale, fresh.counted_from) == (5.5, False, "published")
    assert lists["ofac"].freshness(NOW).counted_from == "fetched"
    assert lists["un"].freshness(datetime(2026, 11, 1, tzinfo=UTC)).counted_from == "fetched"
    assert lists["un"].freshness(NOW, stale_after_days=5).stale
    assert not lists["ofac"].freshness(NOW).stale
    assert lists["ofac"].freshness(datetime(2026, 12, 3, tzinfo=UTC)).stale
    assert lists["un"].freshness(datetime(2026, 11, 1, tzinfo=UTC)).age_days == 0, "a list of the future is as its copy"


def test_an_entry_that_changes_has_another_digest() -> None:
    before, after = (of_ofac(sdn=text, add=ADD, alt=ALT).entries[0] for text in (SDN, SDN.replace("1958", "1959")))
    assert before.digest() != after.digest()
    assert before.digest() == of_ofac(sdn=SDN, add=ADD, alt=ALT).entries[0].digest()


def test_the_published_lists_are_read_whole(shared_data: Path) -> None:
    folder = shared_data / "screening"
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "name_pairs.csv"}
    loaded = read_lists(files, NOW)
    lists = {each.publisher: each for each in loaded.lists}
    assert not loaded.refused
    aliases = files["ofac_full_alt.csv"].decode().count("\r\n")
    primary = files["ofac_bench_sdn.csv"].decode().count("\r\n")
    strong = sum(
        name.quality in ("primary", "strong", "former", "new")
        for entry in lists["ofac"].entries
        for name in entry.names
    )
    assert strong >= aliases + primary, "no name is lost"
    assert len(lists["un"].entries) == 1003
    assert sum(len(entry.addresses) for entry in lists["bis"].entries) <= 581
    assert len({entry.names[0].text for entry in lists["bis"].entries}) > 400
