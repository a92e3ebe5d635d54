"""What replicas ask one another, through the database that they share. Nothing of it is kept."""

from typing import Literal
from uuid import UUID

from service.database import Connection

LISTENER = "clearway listener"
"""The application name of the connection on which a replica listens."""

QUESTIONS = "clearway_questions"
"""The channel on which every replica hears what the others ask."""

Answer = Literal["none", "holding", "landed"]


def answers_to(replica: str) -> str:
    """The channel on which this replica alone hears its answers."""
    return f"clearway_answers_{replica}"


async def ask(connection: Connection, *, replica: str, question: str, upload_id: UUID) -> int:
    """Asks all others to have what they hold of an upload confirmed. Returns how many of them listen."""
    # Names of applications are shown to everybody, whoever the other replicas are to the database.
    listening: int = await connection.fetchval(
        """SELECT count(*) FROM pg_stat_activity, pg_notify($1, $2)
           WHERE datname = current_database() AND application_name = $3""",
        QUESTIONS,
        f"{replica} {question} {upload_id}",
        LISTENER,
    )
    return max(0, listening - 1)


async def answer(connection: Connection, *, replica: str, question: str, told: Answer) -> None:
    """Answers the replica that asked."""
    await connection.execute("SELECT pg_notify($1, $2)", answers_to(replica), f"{question} {told}")


async def is_heard(connection: Connection) -> bool:
    """Whether the database still answers here: a connection that only listens would never know."""
    return bool(await connection.fetchval("SELECT true"))
