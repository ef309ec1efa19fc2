"""The GraphQL API over the trade in `bakery`: what clients see (`schema`), and what happens (`resolvers`)."""
