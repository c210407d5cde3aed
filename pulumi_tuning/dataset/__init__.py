"""Data sets before they are paid for: what models take and what files hold.

Pure: no I/O, no time, no Pulumi; whoever reads a file hands over its bytes.
"""
