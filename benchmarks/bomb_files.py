"""What the files hold that are made to exhaust whoever reads them (see `bombs`)."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable

from http_clients import declaration

ISA = "ISA*00*          *00*          *02*QXFT           *ZZ*CUSTOMS        *260302*0915*^*00501*000000108*0*P*>~"


GS = "GS*AQ*QXFT*CUSTOMS*20260302*0915*1*X*005020~"
TRIP, PORT = "M10*QXFT*J*MX**TRACTOR*T26030201~", "P4*2304*20260302~"
PERSON = (
    "NM1*ZZ*1*PERSON****ZZ*123456789012~" + f"REF*ZZ*{'A' * 30}*{'B' * 50}~" * 10 + f"N3*{'C' * 50}*{'D' * 50}~" * 2
)
AMENDED = "LX*1~M13*QXFT*2304*R*Z000461*8*04***QXFT~M11*Z000461*20199*8*CTN*900*K******QXFT~VID*TL**7781~"


def _entities(levels: int = 9) -> str:
    declared = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels + 1))
    return f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "lol">{declared}]><Declaration>&l{levels};</Declaration>'


def _external(system: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "{system}">]><MetaData>&x;</MetaData>'


def _cfdi(within: str) -> str:
    return f'<cfdi:Comprobante xmlns:cfdi="http://www.sat.gob.mx/cfd/4" {within}</cfdi:Comprobante>'


def _zip(name: str, size: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * size)
    return made.getvalue()


def _x12(segments: str, end: str = "IEA*1*000000108~") -> str:
    return f"{ISA}{GS}ST*309*0001~{segments}{end}"


def _trip(fields: str) -> str:
    return f'{{"data":"ACE_TRIP","tripNumber":"ZQXW1",{fields}}}'


def _wco(within: str) -> str:
    spaces = 'xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2" xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"'
    return f"<md:MetaData {spaces}><Declaration>{within}</Declaration></md:MetaData>"


def _with(**fields: str) -> bytes:
    """A declaration with a field of a text that JSON need not be able to say."""
    known = {name: value for name, value in json.loads(declaration()).items() if name not in fields}
    text = json.dumps(known).rstrip("}")
    return (text + "".join(f', "{name}": {value}' for name, value in fields.items()) + "}").encode()


#: Bombs by name; what each holds is made when it is asked for, so that no more than one is in memory.
FILES: dict[str, Callable[[], str | bytes]] = {
    "xml: a billion laughs": _entities,
    "xml: a quadratic blow-up": lambda: (
        f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "{"a" * 50_000}">]><Declaration>{"&a;" * 50_000}</Declaration>'
    ),
    "xml: a file as an entity": lambda: _external("file:///etc/passwd"),
    "xml: an address as an entity": lambda: _external("http://127.0.0.1:9/x"),
    "xml: a device as an entity": lambda: _external("file:///dev/zero"),
    "xml: an external document type": lambda: '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><MetaData/>',
    "xml: a parameter entity": lambda: '<!DOCTYPE d [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]><MetaData/>',
    "xml: a document type in UTF-16": lambda: _entities().encode("utf-16"),
    "xml: an inclusion": lambda: (
        '<MetaData xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///dev/zero"/></MetaData>'
    ),
    "xml: nested 100,000 deep": lambda: "<MetaData>" * 100_000 + "</MetaData>" * 100_000,
    "xml: nested 300,000 deep, not closed": lambda: "<MetaData>" + "<a>" * 300_000,
    "xml: an attribute of 3 MB": lambda: _cfdi(f'Version="{"4" * 3_000_000}">'),
    "xml: 200,000 attributes": lambda: _cfdi(" ".join(f'a{n}="1"' for n in range(200_000)) + ">"),
    "xml: 100,000 namespaces": lambda: _cfdi(" ".join(f'xmlns:n{n}="u{n}"' for n in range(100_000)) + ">"),
    "xml: 300,000 elements": lambda: _cfdi('Version="4.0">' + "<a/>" * 300_000),
    "xml: a name of 3 MB": lambda: _cfdi('Version="4.0"><' + "a" * 3_000_000 + "/>"),
    "xml: a text of 3 MB": lambda: "<MetaData>" + "9" * 3_000_000 + "</MetaData>",
    "xml: a comment of 3 MB": lambda: "<!--" + "-a" * 1_500_000 + "--><MetaData/>",
    "xml: 300,000 instructions": lambda: "<?a b?>" * 300_000 + "<MetaData/>",
    "xml: an endless start tag": lambda: "<MetaData " + "a " * 1_500_000,
    "json: nested 100,000 deep": lambda: '{"declaration_id": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "json: objects nested 100,000 deep": lambda: '{"declaration_id":' * 100_000 + "1" + "}" * 100_000,
    "json: nested 2,000,000 deep, not closed": lambda: '{"declaration_id": 1, "a": ' + "[" * 2_000_000,
    "json: trips nested 50,000 deep": lambda: '[{"data":"ACE_TRIP","tripNumber":' * 50_000,
    "json: a number of 3,000,000 digits": lambda: _with(value_usd="9" * 3_000_000),
    "json: a number of 1e999999999": lambda: _with(value_usd="1e999999999"),
    "json: a number of 4,301 digits": lambda: _with(packages="9" * 4_301),
    "json: a text of 3 MB": lambda: _with(description='"' + "x" * 3_000_000 + '"'),
    "json: a million escapes": lambda: _with(description='"' + "\\u0041" * 500_000 + '"'),
    "json: 200,000 fields": lambda: "{" + ",".join(f'"declaration_id{n}":1' for n in range(200_000)) + "}",
    "json: one field 300,000 times": lambda: "{" + ",".join(['"filed_at":1'] * 300_000) + "}",
    "json: an array of 1,000,000 declarations of nothing": lambda: '[{"declaration_id":1}' + ",{}" * 1_000_000 + "]",
    "json: 1,000,000 lines of nothing": lambda: '{"declaration_id":1}\n' + "{}\n" * 1_000_000,
    "json: 1,300,000 brackets side by side": lambda: '[{"declaration_id":1}' + ",[]" * 1_300_000 + "]",
    "x12: a million segments": lambda: _x12("N9*X~" * 700_000),
    "x12: 700,000 segments with places of their own": lambda: _x12("LX*1~" * 700_000),
    "x12: 100,000 sets": lambda: _x12("ST*309*1~SE*1*1~" * 100_000),
    "x12: 100,000 groups": lambda: ISA + "GS*AQ*A*B*20260302*0915*1*X*005020~GE*0*1~" * 80_000 + "IEA*1*000000108~",
    "x12: 30,000 interchanges": lambda: (ISA + "IEA*0*000000108~") * 30_000,
    "x12: one segment of 3 MB": lambda: _x12("N9*" + "X" * 3_000_000 + "~"),
    "x12: 3,000,000 elements": lambda: _x12("N9" + "*" * 3_000_000 + "~"),
    "x12: 3,000,000 components": lambda: _x12("N9*" + ">" * 3_000_000 + "~"),
    "x12: one character for all separators": lambda: ISA.replace("~", "*").replace(">", "*") + "GS*AQ*" * 500_000,
    "x12: a letter as separator": lambda: ISA.replace("*", "A") + "GSAAQA" * 500_000,
    "x12: line breaks as separators": lambda: ISA.replace("*", "\n").replace("~", "\r") + "\n\r" * 1_500_000,
    "x12: line breaks between 2,000,000 terminators": lambda: _x12("\n~" * 2_000_000),
    "x12: a million segments without elements": lambda: _x12("A~" * 2_000_000),
    "x12: a million segments outside of sets": lambda: f"{ISA}{GS}" + "A~" * 2_000_000,
    "x12: a million groups that nothing closes": lambda: ISA + "GS~" * 1_300_000,
    "x12: 70,000 interchanges without lengths": lambda: "ISA*00**00**02*A*ZZ*B*260302*0915*^*00501*1*0*P*>~" * 70_000,
    "x12: 950 sets of 800 wrong segments": lambda: (
        ISA + GS + "".join(f"ST*309*{n}~{'N9*X~' * 800}SE*1*1~" for n in range(950))
    ),
    "x12: a heading of 1 MB over 900 shipments": lambda: _x12(
        TRIP + PERSON * 999 + PORT + "".join(f"LX*{n}~M11*Z{n:06}*20199*8*CTN*900*K******QXFT~" for n in range(1, 901))
    ),
    "x12: an amendment of 4 MB with 990 lines": lambda: _x12(
        TRIP + PORT + AMENDED + f"N10*8*GLASSWARE*GW*J*701349~MAN*ZZ*{'A' * 3_900}~" * 990
    ),
    "x12: 990 lines under 40,000 references": lambda: _x12(
        PORT + "LX*1~" + "N9*ZZ*A~N1*ZZ*A~" * 20_000 + "VID*TL**7781~" + "N10*8*GL*GW*J*701349~" * 990
    ),
    "x12: 49,000 statements of a 997": lambda: f"{ISA}{GS}ST*997*1~AK1*AQ*1~" + "AK2*309*1~" * 49_000,
    "x12: 400,000 statements of a 353": lambda: f"{ISA}{GS}ST*353*1~M10*Q~P4*2304~" + "M15*A~" * 400_000,
    "json: laid out over 1,300,000 lines": lambda: '{"declaration_id":1,"a":[' + "1,\n" * 1_300_000 + "1]}",
    "json: 3,000 arrays nested 600 deep": lambda: (
        '{"declaration_id":1,"a":[' + ",".join(["[" * 600 + "]" * 600] * 3_000) + "]}"
    ),
    "json: a trip of 1,900,000 numbers": lambda: _trip('"x":[' + ",".join("1" * 1_900_000) + "]"),
    "json: a trip with one field 270,000 times": lambda: _trip(",".join(['"tripNumber":1'] * 270_000)),
    "json: 990 shipments under a trip of 2 MB": lambda: _trip(
        f'"x":"{"y" * 2_000_000}","shipments":[' + ",".join(["{}"] * 990) + "]"
    ),
    "xml: 190,000 elements that lack everything": lambda: _cfdi(
        'Version="4.0">' + "<cfdi:Conceptos>" + "<cfdi:Concepto/>" * 190_000 + "</cfdi:Conceptos>"
    ),
    "xml: 990 documents of 950 elements": lambda: (
        ('<?xml version="1.0"?>' + _cfdi('Version="4.0">' + "<a/>" * 950) + "\n") * 990
    ),
    "xml: 190,000 elements that nobody knows": lambda: _wco("<a/>" * 190_000),
    "xml: 130,000 empty goods items": lambda: _wco(
        "<GoodsShipment>" + "<GovernmentAgencyGoodsItem/>" * 130_000 + "</GoodsShipment>"
    ),
    "csv: 60,000 blank lines before the header": lambda: "\n" * 60_000 + "declaration_id,filed_at\n1,2\n",
    "csv: 4,000,000 blank lines": lambda: "declaration_id,filed_at\n" + "\n" * 4_000_000 + "1,2\n",
    "csv: 200,000 separators a line": lambda: "declaration_id,filed_at\n" + ("," * 200_000 + "\n") * 20,
    "csv: a pedimento of 220,000 rows": lambda: "NÚM. PEDIMENTO,FRACCIÓN\n" + "264034126000118,1\n" * 220_000,
    "csv: a million columns": lambda: "declaration_id," + ",".join(f"c{n}" for n in range(400_000)) + "\n",
    "csv: a record of a million fields": lambda: "declaration_id,filed_at\n" + "1," * 1_000_000 + "\n",
    "csv: a quote that never ends": lambda: 'declaration_id,filed_at\n"' + 'x,"",\n' * 500_000,
    "csv: 1,500,000 empty records": lambda: "declaration_id,filed_at\n" + ",\n" * 1_500_000,
    "csv: a field of 3 MB": lambda: "declaration_id,filed_at\n1," + "x" * 3_000_000 + "\n",
    "csv: a pedimento of 400,000 columns": lambda: "NÚM. PEDIMENTO," * 250_000 + "\n1\n",
    "csv: zeros": lambda: b"declaration_id\n" + b"\0" * 3_500_000,
    "zip: 1 GB of zeros": lambda: _zip("declarations.csv", 2**30),
    "gzip: 1 GB of zeros": lambda: gzip.compress(b"\0" * 2**28) * 4,
    "parquet: only its mark": lambda: b"PAR1" + b"\xff" * 100_000 + b"PAR1",
    "nothing but spaces": lambda: " " * 3_500_000,
    "nothing but byte order marks": lambda: b"\xef\xbb\xbf" * 1_000_000,
    "noise": lambda: bytes(n * 2_654_435_761 >> 13 & 255 for n in range(3_000_000)),
}


def content(name: str) -> bytes:
    """What a bomb holds."""
    made = FILES[name]()
    return made if isinstance(made, bytes) else made.encode()
