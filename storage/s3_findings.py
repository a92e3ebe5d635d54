"""What a probe of an S3 store found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """None stands for what could not be found out, or was not asked. ``trouble`` says why, in the store's words."""

    reachable: bool
    """Whether a request was answered at all, even by a refusal."""
    writable: bool
    """Whether an object could be written and read back as it was."""
    refuses_second_write: bool | None = None
    """Whether a second write of a key is refused and the first content stays; None for ``single_writer``."""
    ranges: bool | None = None
    """Whether a part of an object can be read."""
    clock_seconds: float | None = None
    """The store's clock minus ours, seconds. Signatures are refused from 900 on."""
    locks: bool | None = None
    """Whether an object can be locked against deletion; None when no lock is asked for."""
    trouble: str = ""

    @property
    def refusal(self) -> str:
        """Why originals may not be written there; empty when they may."""
        if self.trouble:
            return self.trouble
        if not self.writable:
            return "the store does not give back what was written"
        if self.refuses_second_write is False:
            return "the store lets a key be overwritten: see CLEARWAY_S3_WRITE_ONCE"
        if self.ranges is False:
            return "the store cannot read a part of an object"
        if self.locks is False:
            return "the bucket has no object lock, and originals are to be locked"
        return ""

    @property
    def is_safe(self) -> bool:
        """Whether originals may be written there."""
        return not self.refusal
