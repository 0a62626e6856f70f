"""``python -m notesyncd`` is the command line."""

from notesyncd.cli.main import main

if __name__ == "__main__":
    main()
