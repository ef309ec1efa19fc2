"""A load client that costs little beside what it measures."""
