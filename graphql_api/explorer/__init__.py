"""The explorer's pages as the server has them: what was built from the folder `explorer`, and the routes to it."""
