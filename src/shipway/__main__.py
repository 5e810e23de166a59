"""`python -m shipway`: the command line, where the script is not on the PATH."""

from shipway.cli import main

main()
