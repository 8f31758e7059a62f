"""What tests of analysis files share."""

import pytest

from zprimefit.analyses import load


@pytest.fixture
def read(tmp_path):
    """Write a text as an analysis file and load it."""

    def _read(text, **options):
        path = tmp_path / "analysis.yaml"
        path.write_text(text)
        return load(path, **options)

    return _read
