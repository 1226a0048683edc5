"""`python -m aforo`: the command line where its script is not on the path."""

from aforo.cli import main

# A process that this one starts may read this file too.
if __name__ == "__main__":
    main()
