"""What each built-in feature adds to the schema: one file a feature, as a plug-in from elsewhere would."""

from graphql_api.plugins import Plugin
from graphql_api.schema.features import lot_tracking

BUILT_IN: tuple[Plugin, ...] = (lot_tracking.PLUGIN,)
