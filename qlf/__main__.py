"""`python -m qlf` is `qlf`."""

from qlf.cli.main import main

if __name__ == "__main__":
    main()
