"""Two Higgs doublets, a singlet and U(1)_B: arXiv:2006.01948."""
