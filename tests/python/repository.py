"""Checks that python-tuf and hotfixd read each other's repositories.

    repository.py read DIR   refreshes from the repository in DIR/repository (metadata/, targets/), trusting
                             DIR/root.json, and prints every target found as "PATH LENGTH SHA256"
    repository.py write DIR  writes a repository into DIR: metadata/ and root.json, with a key of each scheme

It opens no socket: the client is handed a fetcher that reads files.
"""

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import unquote, urlparse

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import DownloadHTTPError
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer
from tuf.ngclient import FetcherInterface, Updater


class Files(FetcherInterface):
    """Fetches http://repository/NAME from a folder, as a web server would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _fetch(self, url: str):
        path = self.folder / unquote(urlparse(url).path).lstrip("/")
        if not path.is_file():
            raise DownloadHTTPError(f"no file {path}", 404)
        return iter([path.read_bytes()])


def read(folder: Path) -> None:
    local = folder / "python-client"
    local.mkdir()
    updater = Updater(
        str(local / "metadata"),
        "http://repository/metadata/",
        str(local),
        "http://repository/targets/",
        fetcher=Files(folder / "repository"),
        bootstrap=(folder / "root.json").read_bytes(),
    )
    updater.refresh()
    for path in (folder / "wanted").read_text().splitlines():
        target = updater.get_targetinfo(path)
        if target is None:
            print(path, "absent")
            continue
        updater.download_target(target, str(local / "download"))
        print(path, target.length, target.hashes["sha256"], target.custom)


def write(folder: Path) -> None:
    expires = (datetime.now(timezone.utc) + timedelta(days=7)).replace(microsecond=0)
    signers = {
        "root": CryptoSigner.generate_ed25519(),
        "timestamp": CryptoSigner.generate_ecdsa(),
        "snapshot": CryptoSigner.generate_rsa(),
        "targets": CryptoSigner.generate_rsa(scheme="rsa-pkcs1v15-sha256"),
        "team~1/é": CryptoSigner.generate_ed25519(),
    }
    root = Root(expires=expires, consistent_snapshot=True)
    for role in ("root", "timestamp", "snapshot", "targets"):
        root.add_key(signers[role].public_key, role)
    root.unrecognized_fields["x-note"] = "caf\u00e9 \U0001f600 \"quoted\" \\"

    name = "team~1/é"
    team = Targets(expires=expires)
    team.targets["team/file"] = TargetFile.from_data("team/file", b"content", ["sha256", "sha512"])
    team.targets["team/file"].unrecognized_fields["custom"] = {"revision": 3}
    targets = Targets(expires=expires, delegations=Delegations({}, {}))
    targets.delegations.roles[name] = DelegatedRole(name, [], 1, True, ["team/*"])
    targets.add_key(signers[name].public_key, name)

    (folder / "metadata").mkdir()

    def put(role: str, signed, file: str, compact: bool) -> bytes:
        metadata = Metadata(signed)
        metadata.sign(signers[role])
        data = metadata.to_bytes(JSONSerializer(compact=compact))
        (folder / "metadata" / file).write_bytes(data)
        return data

    meta = {}
    for role, signed, file in (
        ("targets", targets, "1.targets.json"),
        (name, team, "1.team~1%2F%C3%A9.json"),
    ):
        meta[f"{role}.json"] = MetaFile.from_data(1, put(role, signed, file, False), ["sha256"])
    snapshot = put("snapshot", Snapshot(expires=expires, meta=meta), "1.snapshot.json", True)
    put(
        "timestamp",
        Timestamp(expires=expires, snapshot_meta=MetaFile.from_data(1, snapshot, ["sha256"])),
        "timestamp.json",
        False,
    )
    (folder / "root.json").write_bytes(put("root", root, "1.root.json", False))


if __name__ == "__main__":
    {"read": read, "write": write}[sys.argv[1]](Path(sys.argv[2]))
