"""Everything in containers on one machine: what `make up` does around `docker compose`. Standard library only.

Checks first what would otherwise fail halfway, and says in one line what to do about it.
"""
