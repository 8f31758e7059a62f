"""Physical constants, each with its source. Units: GeV, and the ones named.

Masses and constants are of the Particle Data Group 2024 (Phys. Rev. D 110, 030001) unless a line says otherwise.
"""

from typing import Final

# Masses [GeV]
ELECTRON_MASS: Final = 0.51099895e-3
MUON_MASS: Final = 0.1056583755
TAU_MASS: Final = 1.77693
PROTON_MASS: Final = 0.93827208816
NEUTRON_MASS: Final = 0.93956542052
NUCLEON_MASS: Final = (PROTON_MASS + NEUTRON_MASS) / 2
"""Isoscalar average; arXiv:2006.01948, below Eq. 29, rounds it to 0.938 GeV."""
LEPTON_MASSES: Final = {"e": ELECTRON_MASS, "mu": MUON_MASS, "tau": TAU_MASS}

# Carbon-12: 12 atomic mass units less six electrons (the binding of the electrons, 1 keV, is neglected) [GeV]
ATOMIC_MASS_UNIT: Final = 0.93149410372
CARBON_MASS: Final = 12 * ATOMIC_MASS_UNIT - 6 * ELECTRON_MASS
CARBON_MASS_NUMBER: Final = 12

# Electroweak scale (sqrt(2) G_F)^(-1/2) with G_F = 1.1663788e-5 GeV^-2 [GeV]
HIGGS_VEV: Final = 246.21965

# Conversions
HBARC_SQUARED_CM2_GEV2: Final = 0.3893793721e-27
"""(hbar c)^2 [cm^2 GeV^2]"""
HBAR_GEV_S: Final = 6.582119569e-25
"""hbar [GeV s]"""
SPEED_OF_LIGHT_M_S: Final = 299792458.0
AVOGADRO: Final = 6.02214076e23
CH2_MOLAR_MASS: Final = 14.0266
"""Molar mass of CH2 [g/mol]: standard atomic weights of IUPAC 2021, C 12.0106 and H 1.00798."""

# Nucleon form factors as used by arXiv:2006.01948, Eq. 29 and below it
DIPOLE_MASS_SQUARED: Final = 0.71
"""[GeV^2]"""
PROTON_ANOMALOUS_MOMENT: Final = 1.79
NEUTRON_ANOMALOUS_MOMENT: Final = -1.91
NUCLEONS_IN_CH2: Final = 14
"""Eq. 30"""
CARBON_SLOPE: Final = 25.0
"""b of the coherent form factor exp(2 b q^2), Eq. 30 and below it [GeV^-2]"""
