"""What the drill and the processes of its house tell each other, by files in the house's folder."""

from pathlib import Path

# Where the drill says what is wrong with a process, and which one it is.
FOLDER, NAME = "FAULTS_FOLDER", "FAULTS_NAME"
LEASE_SECONDS = 3


def clock_of(folder: Path, name: str) -> Path:
    """By how many seconds a process has its clock wrong."""
    return folder / f"clock-{name}"


def claims_of(folder: Path, name: str) -> Path:
    """What a process has claimed."""
    return folder / f"claims-{name}"
