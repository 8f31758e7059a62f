"""A run's chain in the files of ArviZ and GetDist."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from zprimefit.fitting.chain import Chain
from zprimefit.scans.run_folder import RunFolderError
from zprimefit.scans.runs import Run


def _chain(run: Run) -> Chain:
    chain = run.read_chain()
    if chain is None:
        path = run.folder.path
        msg = f"{path}: holds no chain yet; run `zprimefit sample {path}` first"
        raise RunFolderError(msg)
    return chain


def arviz_files(run: Run) -> dict[str, bytes]:
    """``chain.nc``: posterior and sample_stats of every walker after burn-in, as NetCDF.

    Raises
    ------
    RunFolderError
        If there is no chain.
    ModuleNotFoundError
        Without ArviZ.
    """
    found = _chain(run).to_arviz()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "chain.nc"
        found.to_netcdf(path, engine="h5netcdf")
        return {path.name: path.read_bytes()}


def getdist_files(run: Run) -> dict[str, bytes]:
    """``chain_1.txt`` ... one a walker after burn-in, with ``chain.paramnames``, ``chain.ranges``.

    GetDist loads them by their root, ``loadMCSamples(".../export/getdist/chain")``; ``chain.properties.ini`` says that
    burn-in is removed.

    Raises
    ------
    RunFolderError
        If there is no chain.
    ModuleNotFoundError
        Without GetDist.
    """
    chain = _chain(run)
    # GetDist prints what it does
    with TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        found, root = chain.to_getdist(run.analysis), Path(folder) / "chain"
        found.saveChainsAsText(str(root), properties={"burn_removed": True})
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
