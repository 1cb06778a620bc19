"""The command ``zcpolicy``: files of any form in, text or JSON out.

``parser`` defines the command line, ``inputs`` reads the files, and each other module runs some of
the subcommands.  Only ``output`` and ``inputs`` do input and output.
"""
