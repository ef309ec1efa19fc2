"""What is measured: each measure takes running servers or books, and returns plain results."""
