"""The command `baketrace`, also as `python -m graphql_api`.

A worker of a server imports the module that its parent was started by. This one has nothing in it, and leaves the
command line to the process that was asked for it: a worker that replaces a killed one serves the sooner.
"""


def main() -> None:
    from graphql_api.cli import app

    app(prog_name="baketrace")


if __name__ == "__main__":
    main()
