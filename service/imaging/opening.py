"""Files opened by what their bytes are: the header is read, the pixels are not decoded yet.

The plug-in is chosen here, so Pillow never tries the forty formats it knows, and each is imported when its first file
comes: most processes only ever see JPEG.
"""

from typing import Any, BinaryIO, Final

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from schemas.photos import MediaType

_BAND_ROWS: Final = 128


class Refused(Exception):
    """This file will not be decoded. Arguments: the reason (`UndecodableReason`) and a detail."""


class OpenedFile:
    """A picture that Pillow reads, whole."""

    is_upright = False
    """Whether decoding obeys the orientation that the container itself stores. EXIF's is to be ignored then."""
    shrinks_while_decoding = False
    """Whether all of the pixels never lie in memory at once."""
    end_was_missing = False
    """Known after decoding."""
    bytes_per_pixel = 16.5
    """Of memory, for the decoder, its result and the copies that follow, at their highest. Measured on noise."""

    def __init__(self, image: ImageFile.ImageFile) -> None:
        self._image = image
        self.size: tuple[int, int] = image.size
        self.exif: bytes | None = image.info.get("exif")
        self.color_profile: bytes | None = image.info.get("icc_profile")

    def decode(self, longest_side: int) -> Image.Image:
        """Return the pixels as they are stored, reduced by a whole factor if at least `longest_side` of them remain
        and if that saves something."""
        self._image.load()
        return self._image


class OpenedJpeg(OpenedFile):
    """A JPEG, which decodes at a half, a quarter or an eighth for a fraction of the time and memory."""

    def __init__(self, image: "_Jpeg") -> None:
        super().__init__(image)
        self._jpeg = image
        # A progressive one keeps the coefficients of the whole picture until its last scan.
        self.shrinks_while_decoding = not image.info.get("progressive")
        self.bytes_per_pixel = 0.1 if self.shrinks_while_decoding else 2.5 * len(image.getbands())

    def decode(self, longest_side: int) -> Image.Image:
        width, height = self.size
        scale = max(1, max(width, height) // longest_side)
        # The box must have the picture's shape, or the smaller of two quotients decides and less is saved.
        self._jpeg.draft(None, (max(1, width // scale), max(1, height // scale)))
        self.end_was_missing = self._jpeg.load_forgiving_the_end()
        return self._jpeg


class OpenedPng(OpenedFile):
    """A PNG, whose rows become pixels without a copy; what is transparent is put on white, which takes two or three."""

    def __init__(self, image: ImageFile.ImageFile) -> None:
        super().__init__(image)
        if image.mode == "RGBA":
            self.bytes_per_pixel = 9
        else:
            has_copies = image.mode in ("LA", "PA") or "transparency" in image.info
            self.bytes_per_pixel = 13 if has_copies else 5


class OpenedAvif(OpenedFile):
    """An AVIF."""

    bytes_per_pixel = 10


class OpenedHeif(OpenedFile):
    """A HEIC or another HEIF. Its decoder turns the pixels upright."""

    is_upright = True
    bytes_per_pixel = 8

    def __init__(self, file: BinaryIO) -> None:
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 1
        # What else is in the file may show something else: evidence is made from the photo itself.
        pillow_heif.options.THUMBNAILS = False
        pillow_heif.options.DEPTH_IMAGES = False
        pillow_heif.options.AUX_IMAGES = False
        self._heif: Any = pillow_heif.open_heif(file, convert_hdr_to_8bit=True, remove_stride=False)
        self.size = self._heif.size
        self.exif = self._heif.info.get("exif")
        self.color_profile = self._heif.info.get("icc_profile")

    def decode(self, longest_side: int) -> Image.Image:
        """Reduce band by band: a copy of all pixels for Pillow would be the largest thing in memory."""
        data, stride, mode = memoryview(self._heif.data), self._heif.stride, self._heif.mode
        width, height = self._heif.size  # may have changed while decoding
        factor = max(1, max(width, height) // longest_side)
        whole = Image.new(mode, (-(-width // factor), -(-height // factor)))
        for top in range(0, height, factor * _BAND_ROWS):
            rows = min(factor * _BAND_ROWS, height - top)
            band: Any = data[top * stride : (top + rows) * stride]
            part = Image.frombuffer(mode, (width, rows), band, "raw", mode, stride, 1)
            whole.paste(part if factor == 1 else part.reduce(factor), (0, top // factor))
        return whole


class _Jpeg(JpegImageFile):
    """Pillow's JPEG without what it does for people who print, and with patience for a missing end."""

    _at_the_end = False
    _is_forgiving = False

    def _read_dpi_from_exif(self) -> None:
        """Skip it: reading all of EXIF for a resolution takes longer than our own reading of EXIF."""

    def load_read(self, read_bytes: int) -> bytes:
        data = super().load_read(read_bytes)
        if data or not self._is_forgiving or self._at_the_end:
            return data
        self._at_the_end = True
        return b"\xff\xd9"

    def load_forgiving_the_end(self) -> bool:
        """Decode; return whether the end of image marker was missing.

        Some cameras forget it, or the last bytes, and every viewer shows such a file. A picture that lacks more than
        its last two rows of blocks is truncated (OSError): half a picture is no evidence of what the other half
        showed, and the phone that still has the photo can send it again.
        """
        file, tiles, decoder = self.fp, list(self.tile), self.decoderconfig
        try:
            self.load()
        except OSError as error:
            box = self._im.getbbox() if "truncated" in str(error) and self._im is not None else None
            scale = decoder[0] if decoder else 1
            if box is None or file is None or self.size[1] - box[3] > 32 // scale:
                raise
            self._is_forgiving, self.fp = True, file
            self.tile, self.decoderconfig = tiles, decoder
            self.load()
        return self._is_forgiving


def open_file(file: BinaryIO, media_type: MediaType, pixel_limit: int, memory_bytes: int) -> OpenedFile:
    """Read the header of the file, which is at its beginning. Raises Refused, or whatever a decoder raises."""
    if _is_cut_short(file, media_type):
        raise Refused("truncated", "the container is longer than the file")
    match media_type:
        case MediaType.JPEG:
            return OpenedJpeg(_Jpeg(file))
        case MediaType.PNG:
            from PIL.PngImagePlugin import PngImageFile

            return OpenedPng(PngImageFile(file))
        case MediaType.WEBP:
            return _open_webp(file, min(pixel_limit, int(memory_bytes / OpenedFile.bytes_per_pixel)))
        case MediaType.AVIF:
            from PIL import AvifImagePlugin

            AvifImagePlugin.DEFAULT_MAX_THREADS = 1
            return OpenedAvif(AvifImagePlugin.AvifImageFile(file))
        case MediaType.HEIC | MediaType.HEIF:
            return OpenedHeif(file)


def _open_webp(file: BinaryIO, pixel_limit: int) -> OpenedFile:
    from PIL.WebPImagePlugin import WebPImageFile

    # Its canvas is allocated on opening, so Pillow checks the size itself and refuses from twice this number on.
    usual, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, pixel_limit // 2
    try:
        return OpenedFile(WebPImageFile(file))
    finally:
        Image.MAX_IMAGE_PIXELS = usual


def _is_cut_short(file: BinaryIO, media_type: MediaType) -> bool:
    """Whether a container says that it is longer than the file. JPEG and PNG do not know their length."""
    end, at = file.seek(0, 2), 0
    file.seek(0)
    if media_type is MediaType.WEBP:
        at = int.from_bytes(file.read(8)[4:], "little") + 8
    elif media_type in (MediaType.AVIF, MediaType.HEIC, MediaType.HEIF):
        while at + 8 <= end:  # the boxes at the top level, ISO/IEC 14496-12, 4.2
            file.seek(at)
            size = int.from_bytes(file.read(4))
            if size == 1:
                file.seek(at + 8)
                size = int.from_bytes(file.read(8))
            if size < 8:  # 0: as far as the end of the file
                break
            at += size
    file.seek(0)
    return at > end
