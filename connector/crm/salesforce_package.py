"""What an org lacks -> a package that the Salesforce CLI deploys with one command.

The package is in the Metadata API's own format, which needs no project around it:
https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_intro.htm
Its elements stand in the order of that API's schema, so that the files validate against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree as ET

from connector.crm.salesforce_fields import CURRENCY_DIGITS, FIELDS, OBJECTS, PackageField, fault, missing

__all__ = [
    "FIELDS",
    "OBJECTS",
    "PERMISSION_SET",
    "READER_SET",
    "PackageField",
    "fault",
    "missing",
    "write_package",
]

PERMISSION_SET = "Partner_Central_CRM_Connector"  # for the connector's user
READER_SET = "Partner_Central_Fields"  # for sales: a field that is deployed is seen by nobody at first
_NAMESPACE = "http://soap.sforce.com/2006/04/metadata"

# Standard fields that mappings/salesforce.yaml writes. A user of the integration licence sees none of them
# unless told so. An address is permitted as a whole; required fields cannot be named: everybody has them.
_STANDARD_FIELDS = {
    "Account": ("BillingAddress", "Industry", "Website"),
    "Contact": ("AccountId", "Email", "Phone", "Title"),
    "Lead": ("Address", "Description", "Industry", "LeadSource", "Title", "Website"),
    "Opportunity": ("AccountId", "Amount", "Description", "LeadSource", "NextStep"),
}

Elements = Mapping[str, "str | bool | int | None"]


def write_package(directory: Path, fields: Sequence[PackageField], api_version: str) -> list[Path]:
    """Write a package with ``fields`` and the permission sets into ``directory``, which is made; its files.

    The permission sets name all fields, also those that an org has already: deploying one replaces it.
    Files of an earlier package in ``directory`` are replaced or removed; others stay. Raises OSError.
    """
    files = dict.fromkeys(f"objects/{name}.object" for name in OBJECTS) | {
        "package.xml": _manifest(fields, api_version),
        f"permissionsets/{PERMISSION_SET}.permissionset": _connector_set(),
        f"permissionsets/{READER_SET}.permissionset": _reader_set(),
        **{f"objects/{name}.object": _object(own) for name, own in _by_object(fields)},
    }
    written = []
    for name, root in sorted(files.items()):
        path = directory / name
        if root is None:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_bytes(root))
        written.append(path)
    return written


def _by_object(fields: Iterable[PackageField]) -> Iterable[tuple[str, list[PackageField]]]:
    ordered = sorted(fields, key=lambda field: (field.object, field.name))
    return [(name, list(own)) for name, own in groupby(ordered, key=lambda field: field.object)]


def _manifest(fields: Iterable[PackageField], api_version: str) -> ET.Element:
    root = _root("Package")
    members = sorted(f"{field.object}.{field.name}" for field in fields)
    for kind, names in (("CustomField", members), ("PermissionSet", [PERMISSION_SET, READER_SET])):
        if names:
            types = ET.SubElement(root, "types")
            for name in names:
                _add(types, {"members": name})
            _add(types, {"name": kind})
    return _add(root, {"version": api_version})


def _object(fields: Iterable[PackageField]) -> ET.Element:
    root = _root("CustomObject")
    for field in fields:
        _add(ET.SubElement(root, "fields"), _definition(field))
    return root


def _definition(field: PackageField) -> Elements:
    """A field's elements, in the schema's order. Its ``precision`` counts all digits."""
    before, after = CURRENCY_DIGITS
    money = field.kind == "Currency"
    return {
        "fullName": field.name,
        "caseSensitive": field.case_sensitive if field.key else None,
        "description": f"{field.purpose} For the AWS Partner Central connector.",
        "externalId": field.key,
        "inlineHelpText": field.purpose,
        "label": field.label,
        "length": field.length,
        "precision": before + after if money else None,
        "required": False,
        "scale": after if money else None,
        "type": field.kind,
        "unique": field.key if field.kind == "Text" else None,
    }


def _connector_set() -> ET.Element:
    root = _root("PermissionSet")
    _add(root, {"description": "What the AWS Partner Central connector's user may do."})
    standard = [f"{object}.{name}" for object, names in _STANDARD_FIELDS.items() for name in names]
    _permit(root, [*_own_fields(), *standard], editable=True)
    _add(root, {"hasActivationRequired": False, "label": "Partner Central CRM Connector"})
    for object in sorted(_STANDARD_FIELDS):  # contact roles follow their opportunity's permissions
        _add(ET.SubElement(root, "objectPermissions"), _object_permission(object))
    _add(ET.SubElement(root, "userPermissions"), {"enabled": True, "name": "ApiEnabled"})
    return root


def _reader_set() -> ET.Element:
    root = _root("PermissionSet")
    _add(root, {"description": "See what the AWS Partner Central connector writes into its own fields."})
    _permit(root, _own_fields(), editable=False)
    return _add(root, {"hasActivationRequired": False, "label": "Partner Central fields (read)"})


def _own_fields() -> list[str]:
    return [f"{field.object}.{field.name}" for field in FIELDS]


def _permit(root: ET.Element, fields: Iterable[str], *, editable: bool) -> None:
    for name in sorted(fields):
        _add(ET.SubElement(root, "fieldPermissions"), {"editable": editable, "field": name, "readable": True})


def _object_permission(object: str) -> Elements:
    return {
        "allowCreate": True,
        "allowDelete": False,  # the connector deletes nothing
        "allowEdit": True,
        "allowRead": True,
        "modifyAllRecords": False,
        "object": object,
        "viewAllRecords": True,  # what it does not see, it would open a second time
    }


def _root(name: str) -> ET.Element:
    return ET.Element(name, {"xmlns": _NAMESPACE})


def _add(parent: ET.Element, elements: Elements) -> ET.Element:
    for name, value in elements.items():
        if value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            ET.SubElement(parent, name).text = text
    return parent


def _bytes(root: ET.Element) -> bytes:
    ET.indent(root, "    ")
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True)) + b"\n"
