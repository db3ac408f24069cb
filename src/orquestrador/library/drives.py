"""What kind of drive a folder stands on."""

import os
from pathlib import Path

NETWORK = frozenset(
    {"afpfs", "cifs", "fuse.sshfs", "nfs", "nfs4", "smb2", "smb3", "smbfs", "webdav"}
)
"""File systems of other machines."""

SILENT = NETWORK | {
    "9p",
    "drvfs",
    "fuse.gcsfuse",
    "fuse.grpcfuse",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.vmhgfs-fuse",
    "prl_fs",
    "vboxsf",
}
"""File systems where others change files of which this machine is not told."""


def network_drive(path: Path, kinds: frozenset[str] = NETWORK) -> str | None:
    """Return the kind of network drive that a folder stands on; None if on none.

    Args:
        path: need not be there.
        kinds: names of file systems, in lower case, that are meant; drives that the
            system itself calls remote are, too.

    """
    import psutil  # noqa: PLC0415 -- a read-only command never comes here

    # A link, or a letter, may stand for a folder of another machine.
    real = Path(os.path.realpath(path))
    if str(real).startswith("\\\\"):
        return "UNC"
    best = ""
    kind = None
    for partition in psutil.disk_partitions(all=True):
        mount = partition.mountpoint
        if len(mount) > len(best) and real.is_relative_to(mount):
            best = mount
            remote = "remote" in partition.opts.split(",")
            network = partition.fstype.lower() in kinds or remote
            kind = partition.fstype or "remote" if network else None
    return kind
