"""The option that exchanges what the papers quote for today's data."""

from enum import StrEnum
from typing import Annotated, Any

import typer


class Data(StrEnum):
    """Whose data."""

    papers = "papers"
    current = "current"


DataOption = Annotated[
    Data | None, typer.Option("--data", help="what the paper quotes, or today's numbers; by default as the file says")
]


def asked(data: Data | None) -> dict[str, Any]:
    """Option of :func:`zprimefit.load`; none where nothing was asked for, so that the file decides."""
    return {} if data is None else {"data": data.value}
