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
PROTONS_IN_CH2: Final = 8
NEUTRONS_IN_CH2: Final = NUCLEONS_IN_CH2 - PROTONS_IN_CH2
CARBON_SLOPE: Final = 25.0
"""b of the coherent form factor exp(2 b q^2), Eq. 30 and below it [GeV^-2]"""

# Alternatives for form factors, as options of a model
PROTON_MOMENT: Final = 2.7928473446
"""mu_p in nuclear magnetons"""
NEUTRON_MOMENT: Final = -1.9130427
"""mu_n in nuclear magnetons"""
KELLY: Final = {
    "GEp": (-0.24, 10.98, 12.82, 21.97),
    "GMp": (0.12, 10.97, 18.86, 6.55),
    "GMn": (2.33, 14.72, 24.20, 84.1),
}
"""a_1, b_1, b_2, b_3 of G(Q^2) / G(0) = (1 + a_1 tau) / (1 + b_1 tau + b_2 tau^2 + b_3 tau^3), tau = Q^2 / 4 m_p^2.

J. J. Kelly, Phys. Rev. C 70 (2004) 068202, Table I; as five public event generators and fits agree to have it."""
KELLY_GEN: Final = (1.70, 3.30)
"""A, B of G_E^n = A tau / (1 + B tau) / (1 + Q^2 / 0.71 GeV^2)^2, same source."""
HELM_RADIUS_FM: Final = (1.23, -0.60)
"""Half-density radius c = 1.23 A^(1/3) - 0.60 fm. J. D. Lewin and P. F. Smith, Astropart. Phys. 6 (1996) 87; this and
the next two as public codes that cite them agree to have them, not checked against the publication."""
HELM_DIFFUSENESS_FM: Final = 0.52
"""a of R^2 = c^2 + (7/3) pi^2 a^2 - 5 s^2, same source."""
HELM_SKIN_FM: Final = 0.9
"""Thickness s of the skin, same source."""
HBARC_GEV_FM: Final = HBARC_SQUARED_CM2_GEV2**0.5 * 1e13
"""hbar c [GeV fm]"""

# Electroweak sector [GeV, GeV^-2, 1]
FERMI_CONSTANT: Final = 1 / (2**0.5 * HIGGS_VEV**2)
FINE_STRUCTURE: Final = 1 / 137.035999
"""alpha at zero momentum; the measured values agree to the digits given"""
HIGGS_MASS: Final = 125.20
W_MASS: Final = 80.369
Z_MASS: Final = 91.188
SIN2_THETA_W: Final = 1 - (W_MASS / Z_MASS) ** 2
"""On-shell definition; neutral currents of leptons at low energy differ from it by some percent."""
SIN2_THETA_MSBAR: Final = 0.23129
"""MS-bar at m_Z: for neutral currents of quarks and nucleons"""
AXIAL_COUPLING: Final = 1.2754
"""g_A of neutron decay"""

# Mesons [GeV]
PI0_MASS: Final = 0.1349768
PI_PLUS_MASS: Final = 0.13957039
ETA_MASS: Final = 0.547862
PION_DECAY_CONSTANT: Final = 0.1302
"""f_pi+ = 130.2 MeV; F_pi is this over sqrt(2). Unconfirmed in a listing; gives the lifetime of pi0 to 1 %."""
V_UD: Final = 0.97367
"""|V_ud|. Unconfirmed in a listing; with f_pi it gives the lifetime of pi+ to the 2 % of radiative corrections."""
RHO_MASS: Final = 0.77526
RHO_WIDTH: Final = 0.1474
"""of the neutral one"""
OMEGA_MASS: Final = 0.78266
OMEGA_WIDTH: Final = 8.68e-3
OMEGA_TO_3PI: Final = 0.892
"""BR(omega -> pi+ pi- pi0), fit of 2026"""
OMEGA_TO_PI0_GAMMA: Final = 0.0833
"""BR(omega -> pi0 gamma), fit of 2026"""
PHI_MASS: Final = 1.019461
PHI_WIDTH: Final = 4.249e-3
PHI_TO_EE: Final = 2.979e-4
"""BR(phi -> e+ e-). Unconfirmed in a listing; only the widths of vectors that limits are about use it."""
RHO_TO_EE: Final = 4.72e-5
"""BR(rho0 -> e+ e-). Unconfirmed in a listing, same use."""
KAON_MASS: Final = 0.493677
"""of the charged one"""

# Quarks [GeV]: MS-bar masses at themselves for charm and bottom; top from direct measurements
CHARM_MASS: Final = 1.273
BOTTOM_MASS: Final = 4.183
TOP_MASS: Final = 172.57

# Numbers of particles in event files: the Monte Carlo particle numbering scheme of the Particle Data Group
PARTICLE_NUMBERS: Final = {
    "e": 11,
    "nu_e": 12,
    "nu_mu": 14,
    "nu_tau": 16,
    "proton": 2212,
    "neutron": 2112,
    "carbon": 1000060120,
    "zprime": 32,
    "H": 35,
    "hprime": 54,
    "nu4": 9900012,
    "nu5": 9900014,
}
"""The scheme has none for h', nu4 and nu5: h' takes that of a scalar mediator of a dark sector, nu4 and nu5 those of
the first two heavy neutrinos of models with right-handed ones."""
