"""The option that says what kind of file a figure becomes."""

from enum import StrEnum
from typing import Annotated

import typer


class Format(StrEnum):
    """Kinds of files."""

    png = "png"
    pdf = "pdf"


FormatOption = Annotated[Format, typer.Option("--format", help="of the figures; their tables are CSV")]
