"""The environment variables by which the legacy project switched hardware on and off: here they only ever switch off.

`<HW>_AVAILABLE=0` forbids a kind of hardware, `<HW>_SIMULATION=1` asked for a simulated one, which is no device.
`<HW>_AVAILABLE=1` says nothing: a device is there when its driver shows it.
"""

import os
from collections.abc import Mapping

from pytest_ipfs_bench.backend import Detection, State

ALIASES = {"qualcomm": ("QUALCOMM", "QUALCOMM_AI", "QNN")}
NO = ("0", "false", "no", "off")


def forbidden(name: str, environ: Mapping[str, str] | None = None) -> Detection | None:
    """Why the environment takes this hardware away, None if it does not. Every backend's `detect` asks this first."""
    said = {key: value.strip().lower() for key, value in (os.environ if environ is None else environ).items()}
    for prefix in ALIASES.get(name, (name.upper(),)):
        available, simulations = f"{prefix}_AVAILABLE", (f"{prefix}_SIMULATION", f"{prefix}_SIMULATION_MODE")
        if said.get(available) in NO:
            return _nothing(f"forbidden by {available}={said[available]}", available)
        for variable in simulations:
            if said.get(variable, "") not in ("", *NO):
                return _nothing(f"simulated by {variable}: no device", variable)
    return None


def _nothing(reason: str, variable: str) -> Detection:
    return Detection(State.NO_DEVICE, reason=reason, hint=f"Unset {variable} to have the hardware looked for.")
