"""The deployment's own names, of units, people and places, looked up in a text that is to be published."""

from service.database import Connection


async def spoken_of(connection: Connection, text: str) -> list[tuple[str, str]]:
    """Pairs of kind (`unit`, `staff`, `address`) and name of everything in the register that the text names.

    `text` is folded, in lower case and without spaces (`text_circumstances.squeeze`). A company is also found without
    its legal form. The register is read whole: 0.1 s for 50,000 premises, for a text that is written a few times.
    """
    rows = await connection.fetch(
        """WITH words (kind, word) AS (
               SELECT 'unit', name FROM premises
               UNION ALL SELECT 'unit', unit FROM premises WHERE unit IS NOT NULL
               UNION ALL SELECT 'unit', regexp_replace(unit, '(股份有限公司|有限责任公司|有限公司|集团|公司)$', '')
                         FROM premises WHERE unit LIKE '%公司' OR unit LIKE '%集团'
               UNION ALL SELECT 'address', address FROM premises WHERE address IS NOT NULL
               UNION ALL SELECT 'staff', contact FROM premises WHERE contact IS NOT NULL
               UNION ALL SELECT 'staff', name FROM accounts)
           SELECT DISTINCT kind, word FROM words
           WHERE length(word) >= 2 AND strpos($1, lower(translate(normalize(word, NFKC), '—–‐ ', '---'))) > 0""",
        text,
    )
    return [(row["kind"], row["word"]) for row in rows]
