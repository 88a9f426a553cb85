"""The package that gives an org the connector's fields: right for Salesforce, and the same each time."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from connector.crm.salesforce_describe import object_meta
from connector.crm.salesforce_package import (
    FIELDS,
    OBJECTS,
    PERMISSION_SET,
    READER_SET,
    PackageField,
    fault,
    missing,
    write_package,
)
from connector.mapping.check import check
from connector.records import FieldMeta, FieldType, ObjectMeta
from tests.walks import sample_mapping

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
XSD = "http://www.w3.org/2001/XMLSchema"
RECORDED = Path(__file__).parents[3] / "shared" / "reference" / "salesforce" / "describe"
TYPES: dict[str, FieldType] = {"Text": "text", "Currency": "money", "DateTime": "datetime"}


def test_the_fields_are_those_of_the_mapping_and_no_two_the_same() -> None:
    names = [(field.object, field.name) for field in FIELDS]
    assert len(set(names)) == len(names)
    used = {
        (rule.object, name)
        for rule in sample_mapping("salesforce").records
        for name in (rule.key_field, *(field.name for field in rule.fields), *rule.match.title)
        if name.endswith("__c")
    }
    assert used | {("Opportunity", "AWS_Opportunity_Id__c")} == set(names)
    keys = {(rule.object, rule.key_field) for rule in sample_mapping("salesforce").records}
    assert keys == {(field.object, field.name) for field in FIELDS if field.key}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field.object}.{field.name}")
def test_texts_are_no_longer_than_salesforce_takes(field: PackageField) -> None:
    """https://help.salesforce.com/s/articleView?id=platform.custom_field_allocations.htm"""
    assert len(field.name) <= 40 + len("__c") and len(field.label) <= 40
    assert len(field.purpose) <= 510, "of a help text"
    assert field.kind != "Text" or 1 <= (field.length or 0) <= 255
    assert field.without and field.purpose.endswith(".")


# What an org has


def org(*fields: PackageField, **changes: Any) -> dict[str, ObjectMeta]:
    """An org with ``fields``, each changed by ``changes``."""
    metas: dict[str, dict[str, FieldMeta]] = {name: {} for name in OBJECTS}
    for field in fields:
        meta = FieldMeta(
            field.name, TYPES[field.kind], length=field.length, unique=field.key, external_id=field.key
        )
        metas[field.object][field.name] = replace(meta, **changes)
    return {name: ObjectMeta(name, own) for name, own in metas.items()}


def test_a_new_org_lacks_all_and_one_with_all_lacks_none() -> None:
    assert missing(org()) == list(FIELDS)
    assert missing({}) == list(FIELDS)
    assert missing(org(*FIELDS)) == []
    assert missing(org(*FIELDS[:5])) == list(FIELDS[5:])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"type": "number"}, "of type number"),
        ({"length": 40}, "40 characters only"),
        ({"external_id": False}, "no external id"),
        ({"unique": False}, "not unique"),
        ({"updateable": False}, "read-only for the user"),
    ],
)
def test_a_field_that_is_of_no_use_is_missing_too(changes: dict[str, Any], said: str) -> None:
    key = next(field for field in FIELDS if field.key)
    assert fault(key, org(key, **changes)) == said
    assert key in missing(org(key, **changes))


def test_a_field_that_a_person_made_longer_will_do() -> None:
    assert fault(FIELDS[2], org(FIELDS[2], length=255)) == ""


# The files


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """The Metadata API's own schema, from the WSDL that comes with simple-salesforce; a WSDL declares no
    elements for whole files, so those are added."""
    wsdl = etree.fromstring(files("simple_salesforce").joinpath("metadata.wsdl").read_bytes())
    (types,) = wsdl.iterfind(f".//{{{XSD}}}schema[@targetNamespace='{NAMESPACE}']")
    for name in ("Package", "CustomObject", "PermissionSet"):
        etree.SubElement(types, f"{{{XSD}}}element", name=name, type=f"tns:{name}")
    return etree.XMLSchema(etree.fromstring(etree.tostring(types)))


def parsed(path: Path) -> Any:
    return etree.fromstring(path.read_bytes())


def texts(root: Any, path: str) -> list[str]:
    steps = "/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/"))
    return [element.text for element in root.iterfind(steps)]


def test_every_file_is_valid_by_the_metadata_apis_schema(tmp_path: Path, schema: etree.XMLSchema) -> None:
    written = write_package(tmp_path, FIELDS, "62.0")
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == written
    assert len(written) == len(OBJECTS) + 3
    for path in written:
        schema.assertValid(parsed(path))


def test_the_schema_would_find_a_mistake(tmp_path: Path, schema: etree.XMLSchema) -> None:
    write_package(tmp_path, FIELDS, "62.0")
    root = parsed(tmp_path / "objects" / "Lead.object")
    etree.SubElement(root, f"{{{NAMESPACE}}}feilds")
    assert not schema.validate(root)


def test_the_manifest_names_what_is_there(tmp_path: Path) -> None:
    wanted = [field for field in FIELDS if field.object != "Account"]
    write_package(tmp_path, wanted, "61.0")
    manifest = parsed(tmp_path / "package.xml")
    names = sorted(f"{field.object}.{field.name}" for field in wanted)
    assert texts(manifest, "types/members") == [*names, PERMISSION_SET, READER_SET]
    assert texts(manifest, "types/name") == ["CustomField", "PermissionSet"]
    assert texts(manifest, "version") == ["61.0"]
    assert not (tmp_path / "objects" / "Account.object").exists()
    for name in {field.object for field in wanted}:
        root = parsed(tmp_path / "objects" / f"{name}.object")
        own = sorted(field.name for field in wanted if field.object == name)
        assert texts(root, "fields/fullName") == own
        assert etree.QName(root).localname == "CustomObject"
        assert {etree.QName(child).localname for child in root} == {"fields"}, "nothing else is touched"


def test_keys_are_external_ids_and_unique(tmp_path: Path) -> None:
    write_package(tmp_path, FIELDS, "62.0")
    for field in FIELDS:
        root = parsed(tmp_path / "objects" / f"{field.object}.object")
        (element,) = (item for item in root if item.findtext(f"{{{NAMESPACE}}}fullName") == field.name)
        said = {etree.QName(child).localname: child.text for child in element}
        assert (said["type"], said["required"], said["label"]) == (field.kind, "false", field.label)
        assert said["externalId"] == str(field.key).lower()
        assert said.get("unique", "false") == str(field.key).lower()
        assert said.get("length") == (str(field.length) if field.length else None)
        money = ("18", "2") if field.kind == "Currency" else (None, None)
        assert (said.get("precision"), said.get("scale")) == money


def test_the_permission_sets_cover_every_field_and_delete_nothing(tmp_path: Path) -> None:
    write_package(tmp_path, FIELDS[:1], "62.0")
    ours = {f"{field.object}.{field.name}" for field in FIELDS}
    connector = parsed(tmp_path / "permissionsets" / f"{PERMISSION_SET}.permissionset")
    assert ours < set(texts(connector, "fieldPermissions/field"))
    assert set(texts(connector, "fieldPermissions/editable")) == {"true"}
    assert texts(connector, "objectPermissions/object") == ["Account", "Contact", "Lead", "Opportunity"]
    for permission in ("allowDelete", "modifyAllRecords"):
        assert set(texts(connector, f"objectPermissions/{permission}")) == {"false"}
    reader = parsed(tmp_path / "permissionsets" / f"{READER_SET}.permissionset")
    assert set(texts(reader, "fieldPermissions/field")) == ours
    assert set(texts(reader, "fieldPermissions/editable")) == {"false"}
    assert texts(reader, "objectPermissions/object") == []


def test_the_permitted_standard_fields_are_those_that_the_mapping_writes(tmp_path: Path) -> None:
    """A required field in a permission set fails the deployment; addresses are permitted as a whole."""
    required = {
        "Account": {"Name"},
        "Contact": {"LastName", "FirstName"},  # FirstName is part of the name
        "Lead": {"LastName", "Company", "Status"},
        "Opportunity": {"Name", "StageName", "CloseDate"},
    }
    whole = {"Lead.Country": "Lead.Address", "Account.BillingCountry": "Account.BillingAddress"}
    written = {
        f"{rule.object}.{field.name}"
        for rule in sample_mapping("salesforce").records
        for field in rule.fields
        if rule.object in required and not field.optional and not field.name.endswith("__c")
        if field.name not in required[rule.object]
    }
    write_package(tmp_path, FIELDS, "62.0")
    connector = parsed(tmp_path / "permissionsets" / f"{PERMISSION_SET}.permissionset")
    permitted = {name for name in texts(connector, "fieldPermissions/field") if not name.endswith("__c")}
    assert permitted == {whole.get(name, name) for name in written}


def test_it_is_the_same_each_time_and_leaves_nothing_of_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "sfdx-project.json").write_text("{}", encoding="utf-8")
    write_package(tmp_path, FIELDS, "62.0")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    write_package(tmp_path, FIELDS[::-1], "62.0")
    assert {path: path.read_bytes() for path in before} == before
    write_package(tmp_path, FIELDS[:1], "62.0")
    assert [path.name for path in (tmp_path / "objects").iterdir()] == ["Account.object"]
    assert (tmp_path / "sfdx-project.json").exists()


def test_what_stands_in_a_field_stays_text(tmp_path: Path, schema: etree.XMLSchema) -> None:
    odd = replace(FIELDS[0], label='<&"Ö', purpose="]]> & <script> \u201cquoted\u201d")
    write_package(tmp_path, [odd], "62.0")
    root = parsed(tmp_path / "objects" / "Account.object")
    schema.assertValid(root)
    assert texts(root, "fields/label") == ['<&"Ö']
    assert texts(root, "fields/inlineHelpText") == ["]]> & <script> \u201cquoted\u201d"]


# The mapping with the package, in an org


@pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded describes here")
def test_the_mapping_fits_a_recorded_org_once_the_package_is_deployed() -> None:
    objects = {}
    for name, ours in org(*FIELDS).items():
        describe = json.loads((RECORDED / f"GET_sobjects_{name}_describe.json").read_text(encoding="utf-8"))
        recorded = object_meta(describe)
        objects[name] = replace(recorded, fields={**recorded.fields, **ours.fields})
    assert [str(finding) for finding in check(sample_mapping("salesforce"), objects)] == []
    without = {name: replace(meta, fields=dict(meta.fields)) for name, meta in objects.items()}
    for field in FIELDS:
        del without[field.object].fields[field.name]  # type: ignore[attr-defined]
    assert len(check(sample_mapping("salesforce"), without)) > 20
