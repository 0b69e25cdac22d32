"""The secrets of an installation in containers: a file each, below one folder that only its owner may enter.

Files may be read by everybody who gets so far, because the processes in containers are other users. Each container
is given the files that its service needs, and no other:

    whatsapp_app_secret  whatsapp_verify_token  whatsapp_access_token  chat_key_secret
    postgres/postgres                        the superuser, for the set-up alone
    postgres/<service>/<discom>_<service>    a login per database
    console/<discom>.<name>                  an officer; console/session-key signs the console's cookies
"""

import secrets
from pathlib import Path

from deploy.compose.project import Project, docker
from deploy.local.files import LocalError

DEMO_MARK = "demo-"
"""Production's processes refuse a secret that starts like this."""
SERVICES = ("gateway", "menu", "billing", "complaints")
WHATSAPP = {
    "whatsapp_app_secret": "the app secret of Meta's dashboard",
    "whatsapp_verify_token": "the verify token that Meta's dashboard was given",
    "whatsapp_access_token": "the access token of the system user",
    "chat_key_secret": "a long random text that never changes",
}


def prepare(project: Project) -> None:
    """Makes what can be made at random and checks the rest. Raises `LocalError`."""
    folder = project.secrets
    for path in (folder, folder / "postgres", folder / "console", *(folder / "postgres" / name for name in SERVICES)):
        path.mkdir(parents=True, exist_ok=True)
    # who gets through here may read all of it
    folder.chmod(0o700)
    for name, what in WHATSAPP.items():
        _file(folder / name, what, DEMO_MARK if project.demo else None)
    _superuser(project, folder / "postgres" / "postgres")
    codes = sorted(path.stem for path in project.discoms.glob("*.toml"))
    if not codes:
        raise LocalError(f"{project.discoms} holds no discom file (*.toml): set DISCOMS_DIR.")
    for login, service in ((f"{code}_{service}", service) for code in codes for service in SERVICES):
        _file(folder / "postgres" / service / login, f"the password of PostgreSQL's login {login}", "")
    _file(folder / "console" / "session-key", "a long random text", "")
    for code in codes:
        officers = list((folder / "console").glob(f"{code}.*"))
        for file in officers or [folder / "console" / f"{code}.officer"]:
            _file(file, f"a long random password for an officer of {code}", "" if project.demo else None)


def _superuser(project: Project, file: Path) -> None:
    """The password that the database was made with: a new one would not open it."""
    volume = project.volume("postgres")
    if not file.exists() and docker("volume", "inspect", volume).returncode == 0:
        raise LocalError(
            f"{file} is missing, and the volume {volume} was made with it: put it back, or `make down ERASE=yes`"
            " drops the data."
        )
    _file(file, "the password of PostgreSQL's superuser", "")


def _file(path: Path, what: str, prefix: str | None) -> None:
    """A secret that is there, not empty, and can be read in a container; made at random where that is allowed."""
    if not path.exists():
        if prefix is None:
            raise LocalError(f"{path} is missing: write {what} there, and `chmod 444` it.")
        path.write_text(prefix + secrets.token_hex(24), encoding="utf-8")
        path.chmod(0o444)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LocalError(f"{path} cannot be read: {error}") from None
    if not text.strip():
        raise LocalError(f"{path} is empty: write {what} there{'' if prefix is None else ', or remove it and repeat'}.")
    if prefix is None and text.startswith(DEMO_MARK):
        raise LocalError(f"{path} was made for the demo: write {what} there.")
    if not path.stat().st_mode & 0o004:
        raise LocalError(
            f"{path} cannot be read in a container: `chmod 444 {path}`; the folder around it stays closed."
        )
