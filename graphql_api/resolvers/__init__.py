"""What happens when a field is asked for: one file a noun, records and references out, never a GraphQL object."""
