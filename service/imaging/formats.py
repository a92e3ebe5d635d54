"""What a file is, told by its first bytes: names and declared types are not believed.

This module imports no image library, so the web process may use it without growing by one.
"""

from typing import Final

from schemas.attachments import PaperType
from schemas.photos import MediaType

HEAD_BYTES: Final = 64
"""How many of the first bytes `sniff` looks at; more do no harm."""

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

# Brands of ISO/IEC 14496-12 file type boxes: 23008-12 (HEIF) annex B for HEVC, AV1 Image File Format section 6.
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_HEIF_BRANDS: Final = frozenset({b"mif1", b"mif2", b"msf1"})

_PAPER_PICTURES: Final = frozenset({MediaType.HEIC, MediaType.JPEG, MediaType.PNG})


def sniff(head: bytes) -> MediaType | None:
    """Return the media type of a file which begins with `head`, or None when it is none of those we accept.

    Only the beginning decides. A photo with a web page behind it is still a photo, and is handed out as an attachment
    with `nosniff`; a web page with a photo behind it is not one.
    """
    if _is_jpeg(head):
        return MediaType.JPEG
    # The signature and the header chunk that must be first (PNG specification, 5.6).
    if head.startswith(_PNG_SIGNATURE) and head[8:16] == b"\0\0\0\rIHDR":
        return MediaType.PNG
    if head[:4] == b"RIFF" and head[8:15] == b"WEBPVP8" and head[15:16] in (b" ", b"L", b"X"):
        return MediaType.WEBP
    return _iso_media_type(head)


def sniff_paper(head: bytes) -> PaperType | None:
    """Like `sniff` for an attachment: a photo of a paper in one of three formats, or a PDF.

    ISO 32000-1 lets viewers find `%PDF-` anywhere in the first 1,024 bytes; what has something else before it is not
    taken, since that may be a page or a script.
    """
    if head.startswith(b"%PDF-"):
        return PaperType.PDF
    picture = sniff(head)
    return PaperType(picture.value) if picture in _PAPER_PICTURES else None


def _is_jpeg(head: bytes) -> bool:
    """Start of image and the first byte of a marker that may come next (ITU-T T.81, table B.1)."""
    if len(head) < 4 or not head.startswith(b"\xff\xd8\xff"):
        return False
    marker = head[3]
    is_frame_or_table = 0xC0 <= marker <= 0xCF and marker != 0xC8
    is_other_segment = 0xDA <= marker <= 0xEF
    is_comment_or_fill = marker in (0xFE, 0xFF)
    return is_frame_or_table or is_other_segment or is_comment_or_fill


def _iso_media_type(head: bytes) -> MediaType | None:
    """Read the file type box: size, `ftyp`, major brand, minor version, compatible brands (14496-12, 4.3)."""
    if head[4:8] != b"ftyp":
        return None
    size, start = int.from_bytes(head[:4]), 8
    if size == 1:  # the size follows as 64 bits
        size, start = int.from_bytes(head[8:16]), 16
    if size < start + 8 or size % 4 or len(head) < min(size, HEAD_BYTES):
        return None
    brands = head[start:size]
    major = brands[:4]
    compatible = {brands[at : at + 4] for at in range(8, len(brands) - 3, 4)}
    if major in _AVIF_BRANDS:
        return MediaType.AVIF
    if major in _HEIC_BRANDS:
        return MediaType.HEIC
    # A major brand that only says "some picture" leaves the coding to the compatible brands. Films name other majors
    # and none of these, so they are not mistaken for pictures.
    if compatible & _AVIF_BRANDS:
        return MediaType.AVIF
    if compatible & _HEIC_BRANDS:
        return MediaType.HEIC
    return MediaType.HEIF if major in _HEIF_BRANDS or compatible & _HEIF_BRANDS else None
