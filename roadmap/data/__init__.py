"""Data sets by name, and the batches made of them.

A data config becomes checked ``settings``; ``resolve`` adds what only the files know;
``open`` returns the ``Source`` of batches that training reads: ``resident`` (tensors on
the device) or ``streamed`` (decoded by loader processes). ``sets`` says where images
come from, ``augment`` what is done to them.
"""
