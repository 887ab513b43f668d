"""How much memory this process holds, in MiB. Linux tells; elsewhere the numbers are None.

New here: the programs of shared/peer asked `getrusage`, whose peak cannot be set back after the imports.
"""


def resident_mib():
    """What the process holds now."""
    return _status_mib("VmRSS")


def peak_mib():
    """The most that it has held, since it began or since forget_peak()."""
    return _status_mib("VmHWM")


def forget_peak():
    """Begins a new peak, so that memory that the imports gave back does not hide what comes next."""
    try:
        with open("/proc/self/clear_refs", "w") as clear_refs:
            clear_refs.write("5")
    except OSError:
        pass


def _status_mib(name):
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith(name + ":"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return None
