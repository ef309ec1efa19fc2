"""A bakery's books of any size, on PostgreSQL and SQLite, kept between runs."""
