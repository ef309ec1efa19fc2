"""The features that are built in: one file each. Whatever else is installed declares its own (docs/plugins.md)."""

from plans.feature import Feature
from plans.features.lot_tracking import LOT_TRACKING

__all__ = ["BUILT_IN", "LOT_TRACKING"]

BUILT_IN: tuple[Feature, ...] = (LOT_TRACKING,)
