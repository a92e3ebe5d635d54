"""Asks the service in this container how it is: `healthcheck.py [/health/live]`. Ends with 0 for yes, 1 for no."""

import os
import sys
from http.client import HTTPConnection, HTTPException


def main() -> int:
    """Standard library only, and no shell and no curl in the image."""
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("CLEARWAY_PORT", "8000")), timeout=4)
    try:
        connection.request("GET", sys.argv[1] if len(sys.argv) > 1 else "/health/live")
        answer = connection.getresponse()
        print(answer.status, answer.read(2000).decode(errors="replace"))
    except (OSError, HTTPException) as error:
        print(error)
        return 1
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
