"""`python -m aforo`: the command line where its script is not on the path."""

from aforo.cli import main

main()
