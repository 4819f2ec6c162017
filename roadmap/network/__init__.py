"""Networks: a Design describes one, ``build`` makes it; the steps name designs.

Designs, steps, variants and costs import no torch. In order: design, layers, network,
swin, build, trace, costs; steps and variants; weights and registry.
"""
