"""The command `steelyard`, also reached by `python -m steelyard`."""


def main() -> None:
    """Run the command line."""
    from steelyard.cli import cli  # noqa: PLC0415

    cli()


if __name__ == "__main__":
    main()
