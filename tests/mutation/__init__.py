"""Small mistakes put into the engine, one after the other, and whether its tests see each of them."""
