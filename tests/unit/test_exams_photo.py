"""A photo as it is kept: what a picture is drawn from, and nothing of where, when and by what it was taken."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from aforo.exams.photo import MOST_BYTES, PhotoRefusedError, cleaned

SECRET = b"27.503 N 99.502 W, a telephone"


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(3).integers(0, 255, (height, width), dtype=np.uint8))


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def jpeg(*, progressive: bool = False, mode: str = "RGB") -> bytes:
    made = io.BytesIO()
    image = noise(97, 61).convert(mode)
    tags = Image.Exif()
    tags[0x010E] = SECRET.decode()
    image.save(made, "JPEG", progressive=progressive, exif=tags, comment=SECRET, icc_profile=b"profile" + SECRET)
    return made.getvalue()


def segment(kind: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, kind, len(data) + 2) + data


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_is_the_same_picture_without_its_metadata(progressive: bool, mode: str) -> None:
    data = jpeg(progressive=progressive, mode=mode)
    xmp = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)
    # Also between two scans, and behind the end of the picture.
    data = data[:2] + xmp + data[2:] + SECRET
    assert SECRET in data
    photo = cleaned(data)
    assert SECRET not in photo.body
    assert (photo.pixels, photo.media, photo.stripped) == ((97, 61), "image/jpeg", True)
    assert (pixels(photo.body) == pixels(data)).all()
    assert cleaned(photo.body).stripped is False


def test_a_thumbnail_in_the_header_is_left_out() -> None:
    plain = jpeg()
    thumbnail = b"JFIF\0\x01\x02\x00\x00\x01\x00\x01\x08\x08" + SECRET * 6
    assert SECRET not in cleaned(plain[:2] + segment(0xE0, thumbnail) + plain[2:]).body


def test_a_png_is_the_same_picture_without_its_metadata() -> None:
    made, told = io.BytesIO(), PngImagePlugin.PngInfo()
    told.add_text("Comment", SECRET.decode())
    told.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    noise(40, 30).save(made, "PNG", pnginfo=told)
    photo = cleaned(made.getvalue() + SECRET)
    assert SECRET not in photo.body
    assert (photo.pixels, photo.media) == ((40, 30), "image/png")
    assert (pixels(photo.body) == pixels(made.getvalue())).all()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "photo_no_picture"),
        (b"GIF89a" + bytes(100), "photo_no_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_no_picture"),
        (b"\xff\xd8\xff", "photo_unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "photo_unreadable"),
        (b"\xff\xd8\xff" + bytes(MOST_BYTES), "photo_large"),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(PhotoRefusedError) as told:
        cleaned(data)
    assert told.value.code == code


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    made = io.BytesIO()
    Image.new("L", (4_097, 1)).save(made, "PNG")
    with pytest.raises(PhotoRefusedError, match="photo_large"):
        cleaned(made.getvalue())


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_picture_is_refused_or_cleaned_and_never_hangs(data: st.DataObject) -> None:
    whole = bytearray(jpeg())
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(2, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(3, len(whole)))
    try:
        photo = cleaned(bytes(whole[:cut]))
    except PhotoRefusedError:
        return
    assert len(photo.body) <= len(whole)
