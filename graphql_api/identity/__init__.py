"""People who come with a token of an identity provider (docs/identity.md): what is trusted, its keys, and the check."""
