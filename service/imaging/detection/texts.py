"""All texts, by RapidOCR with the PP-OCR models in its wheel. What it reads is kept: a phone is worse than a word."""

from typing import Any, Final

import cv2
import numpy as np
from rapidocr import RapidOCR

from service.imaging.detection.detector import Pixels
from service.imaging.detection.findings import Found

SIDE: Final = 1600
"""As large as what is published: what cannot be read here cannot be read there."""
_LEAST_SIDE: Final = 32
"""RapidOCR enlarges what is narrower than 30 pixels, both ways: a strip would become a picture of a gigabyte."""
_PARAMETERS: Final[dict[str, Any]] = {
    "Global.log_level": "critical",
    "Global.text_score": 0.3,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
    "Det.limit_type": "max",
    "Det.limit_side_len": SIDE,
    "Det.box_thresh": 0.4,
    "Det.thresh": 0.25,
}


class Texts:
    """The detector with its models."""

    source = "PP-OCR (RapidOCR)"

    def __init__(self) -> None:
        self._engine = RapidOCR(params=_PARAMETERS)

    def find(self, pixels: Pixels) -> list[Found]:
        """Every line of text that can be read, in any direction."""
        height, width = pixels.shape[:2]
        scale = min(1.0, SIDE / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        seen = pixels if scale == 1 else cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        below, beside = max(0, _LEAST_SIDE - size[1]), max(0, _LEAST_SIDE - size[0])
        seen = cv2.copyMakeBorder(seen, 0, below, 0, beside, cv2.BORDER_REPLICATE)
        result: Any = self._engine(np.ascontiguousarray(seen[:, :, ::-1]), use_cls=False)
        if result.boxes is None:
            return []
        return [
            Found(
                "text",
                [(min(1.0, float(x) / size[0]), min(1.0, float(y) / size[1])) for x, y in box],
                float(score),
                self.source,
                text.strip(),
            )
            for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
        ]
