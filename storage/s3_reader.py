"""Reading an object over connections that break: what broke off is asked for again from where it broke."""

import random
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final

from botocore.exceptions import ClientError

from storage.base import ObjectDamaged, StoreError
from storage.s3_client import BROKEN, status_of, store_errors

PIECE_BYTES: Final = 512 * 1024
PAUSE_SECONDS: Final = 0.2
_PAST_THE_END: Final = 416
_ANOTHER: Final = 412


class Reader:
    """Bytes ``start`` up to ``end`` of one object, in order. Everything blocks. For one thread at a time."""

    def __init__(self, client: Any, bucket: str, name: str, start: int, end: int | None, attempts: int) -> None:
        self._client = client
        self._object = {"Bucket": bucket, "Key": name}
        self._position = start
        self._end = end
        self._attempts = attempts
        self._entity_tag: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether everything was read."""
        return self._end is not None and self._position >= self._end

    def pieces(self, length: int | None = None) -> Iterator[bytes]:
        """The next bytes, ``length`` at most. ``ObjectMissing``, or ``StoreError`` after too many broken answers."""
        stop = self._stop(length)
        broken = 0
        while stop is None or self._position < stop:
            try:
                with store_errors("reading"):
                    answer = self._ask(stop)
                if answer is None:
                    self._end = self._position
                    return
                total = self._total(answer)
                end = total if stop is None else min(stop, total)
                with closing(answer["Body"]) as body:
                    while piece := body.read(min(PIECE_BYTES, end - self._position)):
                        self._position += len(piece)
                        yield piece
                if self._position < end:
                    raise OSError("the answer ended before its end")
                # Only now: an answer that broke off in its head may have told half a number.
                self._end = total if self._end is None else min(self._end, total)
                stop = end
            except BROKEN as error:
                broken += 1
                if broken >= self._attempts:
                    raise StoreError("the store's answers break off") from error
                time.sleep(PAUSE_SECONDS * 2**broken * random.random())  # noqa: S311

    def _stop(self, length: int | None) -> int | None:
        if length is None:
            return self._end
        return self._position + length if self._end is None else min(self._end, self._position + length)

    def _ask(self, stop: int | None) -> Any:
        """The store's answer with the bytes that are left; None when there are none."""
        asked = dict(self._object)
        if self._position or stop is not None:
            asked["Range"] = f"bytes={self._position}-{'' if stop is None else stop - 1}"
        if self._entity_tag:
            asked["IfMatch"] = self._entity_tag
        try:
            return self._client.get_object(**asked)
        except ClientError as error:
            if status_of(error) == _PAST_THE_END:
                return None
            if status_of(error) == _ANOTHER:
                raise ObjectDamaged("the object became another while it was read") from error
            raise

    def _total(self, answer: Any) -> int:
        """The size of the whole object, which is also remembered by its tag."""
        place: str = answer.get("ContentRange", "")
        if not place and self._position:
            raise StoreError("the store does not know how to read a part of an object")
        try:
            total = int(place.rpartition("/")[2]) if place else int(answer["ContentLength"])
        except (KeyError, ValueError) as error:
            raise OSError("the answer ended in its head") from error
        self._entity_tag = answer.get("ETag")
        return total
