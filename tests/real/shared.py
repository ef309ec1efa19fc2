"""Where the real data and the clients' contract lie: beside the repository, never inside it."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SHARED = REPOSITORY.parent / "shared"
SALES_CSV = SHARED / "data" / "sales" / "breadbasket_edinburgh_DMS.csv"
FORMULAS_CSV = SHARED / "data" / "recipes" / "fndds_bakery_formulas.csv"
CONTRACT = SHARED / "contract" / "operations.graphql"

ABSENT_REASON = f"the real data is absent: no {SHARED}"


def is_present() -> bool:
    """Whether this machine has everything that a replay reads."""
    return SALES_CSV.exists() and FORMULAS_CSV.exists() and CONTRACT.exists()
