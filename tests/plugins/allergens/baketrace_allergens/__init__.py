"""Which allergens a lot contains: what its label says, kept by owner and manager and read by everybody who bakes."""
