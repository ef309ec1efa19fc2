"""A believable day of many clients at once: mostly reading, some writing, for as long as is asked."""
