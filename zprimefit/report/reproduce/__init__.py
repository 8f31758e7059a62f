"""The figures and printed numbers of the papers, computed again."""
