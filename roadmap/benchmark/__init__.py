"""Speed: beside timm's, at scale, and at the start. It prints figures and tests none.

A tool of a checkout, not part of the wheel. Each part is a file with ``measure``.
"""
