"""QR codes and bar codes, by ZXing: what one says leads anywhere."""

import zxingcpp

from service.imaging.detection.detector import Pixels
from service.imaging.detection.findings import Found

_SQUARE = (zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.MicroQRCode)


class Codes:
    """The detector; it has no model."""

    source = "ZXing"

    def find(self, pixels: Pixels) -> list[Found]:
        """Every code that can be read, and QR codes that were seen but could not be: stripes are seen everywhere."""
        height, width = pixels.shape[:2]
        found = []
        for code in zxingcpp.read_barcodes(pixels, return_errors=True):
            if not code.valid and code.format not in _SQUARE:
                continue
            outline = code.position
            points = (outline.top_left, outline.top_right, outline.bottom_right, outline.bottom_left)
            corners = [(point.x / width, point.y / height) for point in points]
            found.append(Found("code", corners, 1.0 if code.valid else 0.5, self.source, code.text or None))
        return found
