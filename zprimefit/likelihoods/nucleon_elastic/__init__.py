"""MiniBooNE neutral-current elastic scattering on nucleons (arXiv:1007.4730)."""

from zprimefit.likelihoods.nucleon_elastic.component import MiniBooNENucleonElastic

__all__ = ["MiniBooNENucleonElastic"]
