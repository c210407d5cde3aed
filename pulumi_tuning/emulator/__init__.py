"""An emulator of Vertex AI tuning and of the part of Cloud Storage that it needs.

A library first: `with Emulator() as emulator:` serves from this process, on a free port
of 127.0.0.1. It shares nothing with this package's client, so a wrong field name cannot
be wrong on both sides. What it does where the real service's behaviour is not known is
named in `Behaviour` and marked as assumed.
"""

from pulumi_tuning.emulator.faults import Fault
from pulumi_tuning.emulator.journal import JournalEntry
from pulumi_tuning.emulator.options import Behaviour, Pacing
from pulumi_tuning.emulator.server import Emulator

__all__ = ["Behaviour", "Emulator", "Fault", "JournalEntry", "Pacing"]
