"""Everything in containers on one machine: what `make up` does around `docker compose`. Standard library only.

Checks first what would otherwise fail halfway, and says in one line what to do about it.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - older ones get so far, and no further
    sys.exit(f"Python {sys.version.split()[0]} is too old, 3.11 is needed: say e.g. `make PYTHON=python3.12 up`.")
