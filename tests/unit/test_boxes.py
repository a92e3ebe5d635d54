"""Boxes of detectors: which of them remain, and the stretches in which a large picture is looked at."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.imaging.detection.boxes import MULTIPLE, Boxes, tiles, without_overlaps, without_parts


def boxes(*rows: tuple[float, ...]) -> Boxes:
    return np.array(rows, np.float32).reshape(-1, 5)


@given(st.integers(1, 9000), st.sampled_from([(640, 96), (1280, 240)]))
def test_tiles_cover_a_length_overlap_and_are_no_longer_than_asked(length: int, wanted: tuple[int, int]) -> None:
    tile, overlap = wanted
    stretches = list(tiles(length, tile, overlap))
    assert stretches[0][0] == 0
    assert stretches[-1][1] == length
    assert all(end - start <= tile for start, end in stretches)
    assert all(end - start == length or (end - start) % MULTIPLE == 0 for start, end in stretches)
    for (_, end), (start, _) in pairwise(stretches):
        assert end - start >= overlap


def test_two_tiles_are_hardly_longer_than_half_of_what_they_cover() -> None:
    assert list(tiles(700, 640, 96)) == [(0, 416), (284, 700)]


def test_of_boxes_on_one_another_the_surest_remains() -> None:
    found = without_overlaps(boxes((0, 0, 10, 10, 0.5), (1, 1, 11, 11, 0.9), (40, 0, 50, 10, 0.3)), 0.4)
    assert found[:, 4].tolist() == np.array([0.9, 0.3], np.float32).tolist()


def test_an_eye_goes_with_the_face_that_it_is_part_of() -> None:
    assert len(without_parts(boxes((0, 0, 100, 100, 0.9), (20, 20, 40, 40, 0.5)), 0.8)) == 1


def test_a_face_stays_in_a_larger_box_that_is_less_sure() -> None:
    assert len(without_parts(boxes((0, 0, 100, 100, 0.5), (20, 20, 40, 40, 0.9)), 0.8)) == 2


def test_a_face_half_before_another_stays() -> None:
    assert len(without_parts(boxes((0, 0, 100, 100, 0.9), (80, 20, 120, 60, 0.5)), 0.8)) == 2


def test_no_boxes_are_none_afterwards() -> None:
    assert len(without_parts(boxes(), 0.8)) == len(without_overlaps(boxes(), 0.4)) == 0
