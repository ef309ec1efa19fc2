"""Many clients against two server processes, contending for the same stock; what they left is replayed and judged."""
