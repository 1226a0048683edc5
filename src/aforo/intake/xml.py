"""Reading XML that anybody may have sent: bytes to a tree, or the reason why not, with its line.

A document type is refused before anything is parsed, so no entity is ever declared and nothing outside is ever fetched.
The text is decoded here, strictly, and what the parser sees is what was looked at.
"""

from __future__ import annotations

import codecs
import re
from typing import cast

from lxml import etree

from aforo.intake.message import Fault

#: An element of a tree that was read. Comments and processing instructions are left out of it.
Element = etree._Element

#: The encodings that are read, by their names in an XML declaration (IANA), in lower case.
ENCODINGS = frozenset(
    {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "iso-8859-15", "windows-1252", "cp1252", "utf-16"}
)
BYTE_ORDER_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, ""),
    (codecs.BOM_UTF32_BE, ""),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""^<\?xml[^>]{1,200}?encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARED_TEXT = re.compile(r"^<\?xml[^>]{1,300}?\?>")
#: White space as XML has it.
SPACE = " \t\r\n"
#: What libxml2 calls its errors (`xmlParserErrors`), and the sentence for each; any other is `xml_malformed`.
_SENTENCES = {
    "ERR_TAG_NAME_MISMATCH": "xml_tag_mismatch",
    "ERR_TAG_NOT_FINISHED": "xml_cut",
    "ERR_DOCUMENT_END": "xml_after_end",
    "ERR_DOCUMENT_EMPTY": "xml_cut",
    "ERR_COMMENT_NOT_FINISHED": "xml_comment",
    "ERR_HYPHEN_IN_COMMENT": "xml_comment",
    "ERR_ATTRIBUTE_REDEFINED": "xml_attribute_twice",
    "ERR_INVALID_CHAR": "xml_character",
    "ERR_INVALID_CHARREF": "xml_character",
    "ERR_UNDECLARED_ENTITY": "xml_entity",
    "WAR_UNDECLARED_ENTITY": "xml_entity",
    "ERR_RESOURCE_LIMIT": "xml_text_too_long",
    "NS_ERR_UNDEFINED_NAMESPACE": "xml_prefix",
}
_AFTER_ROOT_ENDED = "Extra content"
_TOO_DEEP = "depth"


#: Elements, their ends and attributes of one document at most: a tree takes some hundred bytes for each. The parser has
#: limits of its own: 256 elements within each other, 10 MB of one text.
MARKS = 200_000
#: Equals signs between two elements' beginnings at most: the parser compares an element's attributes with each other.
MOST_ATTRIBUTES = 256


def read(data: bytes, marks: int = MARKS) -> Element | Fault:
    """The root of a document, or what is wrong with it. Never raises for what `data` holds."""
    text = _decoded(data)
    if isinstance(text, Fault):
        return text
    line = _document_type(text)
    if line:
        return Fault("xml_doctype", f"line {line}")
    equals = text.count("=")
    if text.count("<") + equals > marks:
        return Fault("xml_too_large", "file")
    if equals > MOST_ATTRIBUTES and any(piece.count("=") > MOST_ATTRIBUTES for piece in text.split("<")):
        return Fault("xml_attributes_too_many", "file")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        root: Element = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        return _malformed(parser, text)
    return root


def local(element: Element) -> str:
    """An element's name without its namespace."""
    tag: str = element.tag
    return tag[tag.rfind("}") + 1 :]


def namespace(element: Element) -> str:
    """The namespace of an element, empty where it has none."""
    tag: str = element.tag
    return tag[1 : tag.rfind("}")] if tag.startswith("{") else ""


def line(element: Element) -> int:
    """The line of the file on which an element begins."""
    return cast("int | None", element.sourceline) or 0


def attributes(element: Element) -> list[tuple[str, str]]:
    """The attributes of an element, by their names with the namespace."""
    return [(str(name), str(text)) for name, text in element.items()]


def text(element: Element) -> str:
    """An element as text, with what is within it."""
    written: str = etree.tostring(element, encoding="unicode", with_tail=False)
    return written


def begins(head: bytes) -> str:
    """The beginning of a file as text, where it may be XML (with or without a declaration); else empty. What cannot be
    decoded is replaced: this is for recognising, not for reading."""
    mark, encoding = next((pair for pair in BYTE_ORDER_MARKS if head.startswith(pair[0])), (b"", "utf-8"))
    if not encoding:
        return ""
    text = head[len(mark) :].decode(encoding, "replace").lstrip(SPACE)
    return text if text.startswith("<") else ""


def _decoded(data: bytes) -> str | Fault:
    """The text, by its byte-order mark, else by its declaration, else UTF-8 (XML 1.0, appendix F). Without a mark and
    without its declaration, so that the parser has one account of the encoding."""
    mark, encoding = next((pair for pair in BYTE_ORDER_MARKS if data.startswith(pair[0])), (b"", "utf-8"))
    if not encoding:
        return Fault("xml_encoding_unknown", "line 1")
    if not mark and (declared := _DECLARED.match(data)):
        name = declared[1].decode().lower()
        if name not in ENCODINGS:
            return Fault("xml_encoding_unknown", "line 1")
        # Without a mark it was read as bytes so far, so it is not in sixteen bits, whatever it says.
        encoding = "utf-8" if name == "utf-16" else name
    body = data[len(mark) :]
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        return Fault("xml_encoding", f"line {body.count(10, 0, error.start) + 1}")
    declaration = _DECLARED_TEXT.match(text)
    if declaration is None:
        return text
    # Its lines stay, so that those of the rest are right.
    return "\n" * declaration[0].count("\n") + text[declaration.end() :]


def _document_type(text: str) -> int:
    """The line of a document type in the prolog, 0 where there is none: the walk is over comments, processing
    instructions and space, which is all that may stand before it."""
    at = 0
    while True:
        while at < len(text) and text[at] in SPACE:
            at += 1
        if text.startswith("<!--", at):
            end = text.find("-->", at + 4)
        elif text.startswith("<?", at):
            end = text.find("?>", at + 2) - 1
        else:
            return text.count("\n", 0, at) + 1 if text[at : at + 9].upper() == "<!DOCTYPE" else 0
        if end < 0:
            return 0
        at = end + 3


def _malformed(parser: etree.XMLParser, text: str) -> Fault:
    """The first error that the parser met."""
    for entry in parser.error_log:
        if entry.level_name == "WARNING":
            continue
        if "\0" in text:
            return Fault("xml_character", f"line {text.count(chr(10), 0, text.index(chr(0))) + 1}")
        code = _SENTENCES.get(entry.type_name, "xml_malformed")
        if code == "xml_after_end" and _AFTER_ROOT_ENDED not in entry.message:
            code = "xml_cut"
        if _TOO_DEEP in entry.message:
            code = "xml_too_deep"
        return Fault(code, f"line {entry.line}")
    return Fault("xml_malformed", "file")
