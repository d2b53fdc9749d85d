"""`python -m anello.config.cli`, where the console script is not installed."""

from anello.config.cli import main

main()
