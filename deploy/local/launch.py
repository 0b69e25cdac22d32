"""Becomes another program, one that dies when the process that started it dies, and where asked as another user.

Run as `python -I -S launch.py OPTIONS PROGRAM ARGUMENT…` by `child.Child` only. The program keeps this process's pid.
Not done in `preexec_fn`, which may deadlock a launcher that has threads.
"""

import ctypes
import json
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP = 28, 4
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
CAPABILITY_VERSION_3 = 0x20080522


def _call(name: str, *arguments: object) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _permitted() -> int:
    with Path("/proc/self/status").open(encoding="ascii") as status:
        return next(int(line.split()[1], 16) for line in status if line.startswith("CapPrm:"))


def _become(uid: int, gid: int, *, pass_closed_folders: bool) -> None:
    """Drops root, but for the right to pass folders that are closed to others, where asked (a checkout below /root)."""
    choices = [
        bit for bit in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if pass_closed_folders and _permitted() >> bit & 1
    ]
    if choices:
        # keeps the rights over the change of user, and lets access() count them, by which initdb looks for its server
        _call("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if choices:
        bits = 1 << choices[0]
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        # effective, permitted, inheritable: exactly what becomes ambient, or the kernel would forget the death signal
        _call("capset", header, (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0))
        _call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, choices[0], 0, 0)


def main() -> None:
    """Sets up this process and replaces it."""
    options, program = json.loads(sys.argv[1]), sys.argv[2:]
    if options["uid"] is not None:
        try:
            _become(options["uid"], options["gid"], pass_closed_folders=options["pass_closed_folders"])
        except OSError as error:
            sys.exit(
                f"{program[0]} refuses to run as root, and root cannot drop its rights here ({error}): use another user"
            )
    if sys.platform == "linux":
        # after the change of user, which would clear it
        _call("prctl", PR_SET_PDEATHSIG, options["death_signal"], 0, 0, 0)
        if os.getppid() != options["parent"]:
            sys.exit("the launcher is gone")
    # Python ignores some signals, a shell's `&` others; what is ignored stays so in the new program
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.execv(program[0], program)


if __name__ == "__main__":
    main()
