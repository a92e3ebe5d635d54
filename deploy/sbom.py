"""The bill of materials of a bundle: CycloneDX 1.6 in JSON, https://cyclonedx.org/docs/1.6/json/.

Written by hand because it is one page and the tools for it bring two dozen packages. It has neither a time nor a
random serial number: the same wheels give the same bytes.
"""

import json
import uuid
from collections.abc import Sequence
from typing import Any, Final

from deploy.wheels import Wheel, requirements

SPDX: Final = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT": "MIT",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""What packages call their license when they do not use its SPDX name."""

IDENTIFIERS: Final = ("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "PSF-2.0")
"""SPDX names that older metadata has in its free `License` field."""


def write(own: Wheel, needed: Sequence[Wheel], python: str) -> str:
    """The document for our wheel and those it needs."""
    everything = (own, *needed)
    present = {wheel.name: wheel for wheel in everything}
    needs = {wheel.name: {name for name, _ in requirements(wheel, (), python)} for wheel in everything}
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, ' '.join(wheel.sha256 for wheel in everything))}",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "build"}],
            "component": _component(own, "application"),
        },
        "components": [_component(wheel, "library") for wheel in needed],
        "dependencies": [
            {
                "ref": reference(wheel),
                "dependsOn": [reference(present[name]) for name in sorted(needs[wheel.name] & present.keys())],
            }
            for wheel in everything
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def reference(wheel: Wheel) -> str:
    """The package URL, which also names the component in the document."""
    return f"pkg:pypi/{wheel.name}@{wheel.version}"


def licenses(wheel: Wheel) -> list[dict[str, Any]]:
    """What the document says about the license of a package; nothing when the package says nothing."""
    metadata = wheel.metadata
    if metadata["License-Expression"]:
        return [{"expression": str(metadata["License-Expression"])}]
    said = str(metadata["License"] or "").strip().partition("\n")[0].strip()
    if said in SPDX or said in IDENTIFIERS:
        return [{"license": {"id": SPDX.get(said, said)}}]
    classified = {
        line.rpartition("::")[2].strip() for line in metadata.get_all("Classifier", []) if line.startswith("License ::")
    }
    if classified and classified <= SPDX.keys():
        found = sorted({SPDX[name] for name in classified})
        return [{"expression": " OR ".join(found)}] if len(found) > 1 else [{"license": {"id": found[0]}}]
    return [{"license": {"name": name}} for name in sorted(classified) or [said] if name]


def _component(wheel: Wheel, kind: str) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": kind,
        "bom-ref": reference(wheel),
        "name": wheel.name,
        "version": wheel.version,
    }
    if wheel.metadata["Summary"]:
        component["description"] = str(wheel.metadata["Summary"])
    component["hashes"] = [{"alg": "SHA-256", "content": wheel.sha256}]
    if licensed := licenses(wheel):
        component["licenses"] = licensed
    component["purl"] = reference(wheel)
    component["properties"] = [
        {"name": "clearway:wheel", "value": wheel.path.name},
        *({"name": "clearway:sbom-inside", "value": name} for name in wheel.materials),
    ]
    return component
