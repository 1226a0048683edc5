"""Code lists of the vendor's reference data, as published under https://borderconnect.com/data (September 2026)."""

from __future__ import annotations


def _listed(codes: str) -> frozenset[str]:
    return frozenset(codes.split())


#: Kinds of data that are a manifest for US customs.
TRIP, SHIPMENT = "ACE_TRIP", "ACE_SHIPMENT"
SEND_REQUEST = "ACE_SEND_REQUEST"
#: Kinds that declare nothing: requests to send what was uploaded, answers, statuses.
NOTICES = _listed(
    f"{SEND_REQUEST} ACI_SEND_REQUEST API_RESPONSE ACE_RESPONSE ACE_NOTICE ACI_RESPONSE ACI_NOTICE RNS_SHIPMENT"
    " SYSTEM_ALERT"
)
#: Manifests for Canadian customs.
CANADIAN = frozenset({"ACI_TRIP", "ACI_SHIPMENT"})

#: us/ace/shipment-types.json, and two that earlier editions had: Section 321 (its exemption ended for nearly all goods
#: in August 2025) and BRASS.
SHIPMENT_TYPES = _listed(
    "PAPS IN_BOND QP_IN_BOND GOODS_ASTRAY INTANGIBLES ATTACHED_CF7523 ATTACHED_CF3311 ATTACHED_CF3299 CARNET"
    " SECTION_321 BRASS"
)
IN_BOND_TYPES = frozenset({"IN_BOND", "QP_IN_BOND"})

#: us/ace/packaging-unit.json
PACKAGING_UNITS = _listed(
    "BAG BLE BBL BSK BIN BIC BOX BKT BDL CAN CCS CBY CAR CTN CAS CSK CHS COL CBC COR CRT CYL DRM DBK GAL HMP HED KEG"
    " LVN LBK LOG LUG PKG PAL PLT PCL PCS POV QTR REL ROL SAK SHT SID SKD TNK TIN TBN TBE UNT VPK VEH WLC WDC"
)

#: trailer-types.json
TRAILER_TYPES = _listed(
    "2B 20 4B 40 TC BI CH RT TW DD DT RD RS FT FR FH FN RG RO CB HC HP HO HE LT NC OE CL CU CZ TL SD T8 T6 T7 T5 TK T4"
    " T2 T3 T1 L4 L2 L3 L1 TF"
)

#: travel-document-types.json: those for which the state or province that issued it is required, those for which the
#: country is, and those that need neither.
DOCUMENTS_OF_STATES = frozenset({"5K", "HD", "5J", "6W"})
DOCUMENTS_OF_COUNTRIES = _listed("BCN CON CDN BCP AAG ALY AEW OTD ACW AGS ALV ALR ALX AEF AGT")
DOCUMENTS = DOCUMENTS_OF_STATES | DOCUMENTS_OF_COUNTRIES | {"ACU", "REP", "RTP", "AGR", "30"}
#: Commercial, ordinary and enhanced driver's licences, in the order in which they name a driver.
LICENCES = ("5K", "5J", "6W")

#: time-zones.json
TIME_ZONES = frozenset({"PST", "AST", "CST", "EST", "MST"})

#: Provinces of Canada as places of loading. NL is left out: in Mexico's lists it is Nuevo León.
PROVINCES = _listed("AB BC MB NB NS NT NU ON PE QC SK YT")


def shipment_type(value: str) -> str:
    """A type as the list has it: it is met with a space or a hyphen, too."""
    return value.replace("-", "_").replace(" ", "_")
