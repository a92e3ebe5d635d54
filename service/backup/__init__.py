"""Backup and restore: the database at one moment, and every object that its rows name.

Objects are stored before the rows that name them, and originals are never deleted. So whatever the database names at
one moment is in the store from then on, and may be copied while the service goes on: first the snapshot, then the
objects. Restoring goes the other way round, objects first, so that no row ever names what is not there.

A backup folder::

    objects/originals/..        copies, each once, shared by all snapshots; the keys of the store
    snapshots/20260723t020000z/
        database.dump           pg_dump's custom format
        objects.jsonl           key, size and sha256 of every object that the dump names
        published.txt           the cases that were public
        snapshot.json           what, when, with which versions, and whether anything is missing
        SHA256SUMS              of the four above, for `sha256sum -c` too; written last

A snapshot gets its name by a rename once all of it is on the disk: there is no half of one.
"""
