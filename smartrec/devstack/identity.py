"""PostgreSQL refuses to run as root, so a stack started by root gives its power away first."""

import ctypes
import os
import pwd
import subprocess
import sys
from enum import Enum
from pathlib import Path

CLONE_NEWUSER = 0x10000000
NOBODY = 65534


class Identity(Enum):
    """Who the database runs as."""

    SELF = "self"  # an ordinary user started us: nothing to give away
    NAMESPACE = "namespace"  # root outside, nobody inside: needs no user, no chmod, works under a closed home
    NOBODY = "nobody"  # where containers forbid namespaces

    def become(self) -> None:
        """Run between fork and exec: from here on the process is no longer root."""
        if self is Identity.NAMESPACE:
            _enter_namespace()
        elif self is Identity.NOBODY:
            nobody = pwd.getpwuid(NOBODY)
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)

    def take(self, folder: Path) -> None:
        """Hand a folder to whoever the database runs as, and close it to everybody else."""
        if self is Identity.NOBODY:
            nobody = pwd.getpwuid(NOBODY)
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        folder.chmod(0o700)

    def can(self, flag: str, path: Path) -> bool:
        """Whether that somebody may read (-r) or enter (-x) a path, asked of the kernel itself."""
        try:
            asked = subprocess.run(
                ["/bin/sh", "-c", f'[ {flag} "$1" ]', "sh", str(path)],
                preexec_fn=self.become,
                cwd="/",
                check=False,
            )
        except subprocess.SubprocessError:
            return False
        return asked.returncode == 0


def choose_identity() -> Identity:
    """The least power this machine allows."""
    if os.geteuid() != 0:
        return Identity.SELF
    return Identity.NAMESPACE if Identity.NAMESPACE.can("-r", Path("/")) else Identity.NOBODY


def _enter_namespace() -> None:
    if sys.platform != "linux":
        raise OSError("namespaces exist on Linux only")
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")
