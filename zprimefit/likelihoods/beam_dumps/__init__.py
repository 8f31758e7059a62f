"""Beam dumps: E137, E141, E774, KEK, Orsay and NA64 with electrons; NOMAD, CHARM, nu-Cal and PS191 with protons."""

from zprimefit.likelihoods.beam_dumps.components import ElectronBeamDump, ProtonBeamDump

__all__ = ["ElectronBeamDump", "ProtonBeamDump"]
