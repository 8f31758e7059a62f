"""python -m zprimefit: the command line."""

from zprimefit.cli.main import main

main()
