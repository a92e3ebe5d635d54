"""How an S3 store is reached and what it can do. Importable without boto3."""

from dataclasses import dataclass, field
from typing import Literal

Addressing = Literal["auto", "path", "virtual"]
WriteOnce = Literal["conditional", "forbid_overwrite", "single_writer"]
LockMode = Literal["governance", "compliance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Options:
    """Everything about an S3 store but its address ``s3://bucket/prefix``.

    ``write_once`` says how the store is made to refuse a second write of a key:

    - ``conditional``: ``If-None-Match: *`` (AWS, Ceph, MinIO ...);
    - ``forbid_overwrite``: the vendor's own ``forbid_overwrite_header: true`` (Aliyun OSS, Tencent COS, Huawei OBS);
    - ``single_writer``: the store knows neither, so this process looks before it writes. Two processes that write one
      key at the same instant both do. Keys of originals are hashes of their content, so both write the same bytes.
    """

    endpoint: str = ""
    """``https://host:port`` of the store; empty: AWS's own for the region."""
    region: str = "us-east-1"
    access_key: str = ""
    """Empty: whatever boto3 finds (environment, profile, role of the machine)."""
    secret_key: str = field(default="", repr=False)
    addressing: Addressing = "auto"
    write_once: WriteOnce = "conditional"
    forbid_overwrite_header: str = "x-oss-forbid-overwrite"
    object_lock_days: int = 0
    """Originals are locked by the store itself for this long; 0 locks nothing. The bucket must have object lock on."""
    object_lock_mode: LockMode = "governance"
    connections: int = 16
    """Requests to the store at a time in one process; as many threads."""
    connect_timeout_seconds: float = 3.0
    read_timeout_seconds: float = 15.0
    """How long the store may be silent within one request."""
    attempts: int = 3
    """Tries of one request in all, with growing pauses of random length between them."""
    public_endpoint: str = ""
    """Where phones and browsers reach the store, for presigned addresses; empty: ``endpoint``."""
    memory_bytes: int = 16 * 1024 * 1024
    """Bytes of all uploads under way that are held in memory; what goes beyond waits in temporary files."""
