"""The command `baketrace`, also as `python -m graphql_api`."""

import gc


def main() -> None:
    # What is imported stays: the collector would look through it time and again, a tenth of all that a start costs.
    gc.disable()
    from graphql_api.cli import app

    gc.freeze()
    gc.enable()
    app(prog_name="baketrace")


if __name__ == "__main__":
    main()
