"""Mappings load: what compiles, what is refused, and where it says so."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector import yamlfile
from connector.errors import ConfigurationError, Finding, Position
from connector.mapping.check import examine
from connector.mapping.functions import Rates
from connector.mapping.load import in_file_order, load, load_with_findings, mended
from connector.mapping.model import Expression, Mapping, Write
from connector.mapping.syntax import Problem
from connector.mapping.template import split

ROOT = Path(__file__).parents[2]
BAD = sorted((ROOT / "tests" / "bad_mappings").glob("*.yaml"))
EXPECTED = re.compile(r"# expect (\d+):(\d+) (.*?) \|(?: (.*))?")

DESIGN = """\
version: 1
name: salesforce
crm: salesforce
let:
  deal: Payload.OpportunityInvitation
  customer: Payload.OpportunityInvitation.Customer || Payload.LeadInvitation.Customer
records:
  opportunity:
    object: Opportunity
    when: Status == 'ACCEPTED' && deal
    key: {AWS_Invitation_Id__c: Id}
    match:
      title: {AWS_Project_Title__c: deal.Project.Title, Name: deal.Project.Title}
      narrow: {Account.Name: customer.CompanyName}
      none: review
      many: newest
    fields:
      Name: {from: deal.Project.Title, max_length: 120, required: true}
      AccountId: {ref: account}
      Amount: "annual_spend(deal.Project.ExpectedCustomerSpend, 'USD')"
      StageName: {value: Prospecting, write: create}
      Probability: {value: 12.50}
      Industry: {from: customer.Industry, lookup: {Software and Internet: Technology, NO: x}, default: null}
      Description:
        template: "{{ deal.Project.BusinessProblem }}\\n\\nFrom: {{ '{{' }}{{ SenderCompanyName }}"
        write: blank
  account:
    object: Account
    key: {AWS_Customer_Key__c: domain(customer.WebsiteUrl) || customer.CompanyName}
    fields: {Name: customer.CompanyName}
  contacts:
    object: Contact
    for_each: deal.SenderContacts
    key: {AWS_Contact_Key__c: item.Email}
    match: {none: skip}
    fields: {Email: item.Email, LastName: item.LastName || item.Email, Sort: index}
"""


def mapping(text: str, rates: Rates | None = None) -> Mapping:
    return load(yamlfile.parse(text, "m.yaml"), rates)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_each_bad_mapping_is_refused_with_exactly_these_findings(path: Path) -> None:
    expected = [
        (int(match[1]), int(match[2]), match[3], match[4] or None)
        for match in map(EXPECTED.fullmatch, path.read_text().splitlines())
        if match
    ]
    assert expected, "say on the first lines what is expected"
    try:
        found = examine(yamlfile.read(path))[1]
    except ConfigurationError as error:
        found = list(error.findings)
    assert [_told(finding) for finding in found] == expected
    with pytest.raises(ConfigurationError) as caught:
        load(yamlfile.read(path))
    assert [_told(finding) for finding in caught.value.findings] == expected


def _told(finding: Finding) -> tuple[int, int, str, str | None]:
    assert finding.position is not None
    return finding.position.line, finding.position.column, finding.message, finding.hint


def test_the_rules_as_written() -> None:
    loaded = mapping(DESIGN)
    assert (loaded.name, loaded.crm, loaded.file) == ("salesforce", "salesforce", "m.yaml")
    assert [name for name, _ in loaded.let] == ["deal", "customer"]
    # account is written before the opportunity that refers to it; otherwise the file's order stays.
    assert [rule.name for rule in loaded.records] == ["account", "opportunity", "contacts"]
    account, opportunity, contacts = loaded.records
    assert (opportunity.object, opportunity.key_field) == ("Opportunity", "AWS_Invitation_Id__c")
    assert list(opportunity.match.title) == ["AWS_Project_Title__c", "Name"]
    assert list(opportunity.match.narrow) == ["Account.Name"]
    assert (opportunity.match.none, opportunity.match.many) == ("review", "newest")
    assert (account.match.none, account.match.many, dict(account.match.title)) == ("create", "review", {})
    assert contacts.match.none == "skip"
    assert contacts.for_each is not None
    assert account.when is None


def test_the_fields_as_written() -> None:
    fields = {field.name: field for rule in mapping(DESIGN).records for field in rule.fields}
    assert fields["Name"].source is not None
    assert fields["Email"].write is Write.KEEP
    assert (fields["StageName"].value, fields["StageName"].write) == ("Prospecting", Write.CREATE)
    assert fields["Probability"].value == Decimal("12.50")
    assert fields["AccountId"].ref == "account"
    industry = fields["Industry"]
    assert industry.lookup == {"Software and Internet": "Technology", "NO": "x"}
    assert industry.has_default
    assert industry.default is None
    assert not fields["Amount"].has_default
    assert fields["Sort"].source is not None
    assert fields["Sort"].source.evaluate({"index": 1}) == 1


def test_templates_are_text_and_expressions_in_turn() -> None:
    fields = {field.name: field for rule in mapping(DESIGN).records for field in rule.fields}
    template = fields["Description"].template
    assert template is not None
    scope = {"deal": {"Project": {"BusinessProblem": "slow"}}, "SenderCompanyName": "AWS"}
    shown = [part if isinstance(part, str) else part.evaluate(scope) for part in template]
    assert shown == ["slow", "\n\nFrom: ", "{{", "AWS"]


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        ("plain", ["plain"]),
        ("{ single } braces", ["{ single } braces"]),
        ("{{ Id }}", [("Id",)]),
        ("{{Id}}{{Id}}", [("Id",), ("Id",)]),
        ("a {{ '}}' }} b", ["a ", ("'}}'",), " b"]),
        ("{{ {a: {b: Id}}.a.b }}", [("{a: {b: Id}}.a.b",)]),
        ("{{ {a: {b: Id}}}}", [("{a: {b: Id}}",)]),
        ("{{ X }} {{ '\\'' }}", [("X",), " ", ("'\\''",)]),
        ("{{ 'it\\'s }}' }}", [("'it\\'s }}'",)]),
        ('{{ Id."}}" }}', [('Id."}}"',)]),
        ('{{ `"}}"` }}', [('`"}}"`',)]),
    ],
)
def test_where_expressions_end_in_templates(template: str, parts: list[Any]) -> None:
    text = DESIGN.split("records:")[0] + (
        "records:\n  lead:\n    object: leads\n    key: {k: Id}\n    fields:\n"
        f"      d:\n        template: |-\n          {template}\n"
    )
    (rule,) = mapping(text).records
    found = rule.fields[0].template or ()
    shown = [(part.text.strip(),) if isinstance(part, Expression) else part for part in found]
    assert shown == parts


def test_expressions_know_their_place() -> None:
    rules = {rule.name: rule for rule in mapping(DESIGN).records}
    fields = {field.name: field for field in rules["opportunity"].fields}
    assert str(rules["account"].position) == "m.yaml:27:3"
    assert str(fields["Amount"].position) == "m.yaml:20:7"
    assert fields["Amount"].source is not None
    assert str(fields["Amount"].source.position) == "m.yaml:20:16"
    assert str(rules["contacts"].key.position) == "m.yaml:34:31"


def test_all_mistakes_come_in_one_go_each_with_the_nearest_name() -> None:
    broken = (
        DESIGN.replace("max_length", "max_lenght")
        .replace("when: Status", "whn: Status")
        .replace("annual_spend", "anual_spend")
        .replace("lookup:", "loookup:")
        .replace("ref: account", "ref: acount")
        .replace("write: create", "write: crate")
        .replace("deal.SenderContacts", "deal.[SenderContacts")
        .replace("Email: item.Email", "Email: itm.Email")
    )
    with pytest.raises(ConfigurationError) as caught:
        mapping(broken)
    assert [str(finding) for finding in caught.value.findings] == [
        "m.yaml:10:5: unknown key 'whn' (did you mean when?)",
        "m.yaml:18:40: unknown key 'max_lenght' (did you mean max_length?)",
        "m.yaml:19:24: there is no rule 'acount' to refer to (did you mean account?)",
        "m.yaml:20:16: there is no function anual_spend() (did you mean annual_spend()?)",
        "m.yaml:21:46: write cannot be crate (did you mean create?)",
        "m.yaml:23:43: unknown key 'loookup' (did you mean lookup?)",
        "m.yaml:33:34: the expression ends too early (a [ is not closed with ])",
        "m.yaml:36:21: unknown name 'itm' (did you mean item?)",
    ]


def test_what_can_be_used_of_a_broken_mapping_is_there() -> None:
    loaded, findings = load_with_findings(yamlfile.parse(DESIGN.replace("annual_spend", "x_spend"), "m.yaml"))
    assert len(findings) == 1
    assert loaded is not None
    fields = {field.name: field for rule in loaded.records for field in rule.fields}
    assert fields["Amount"].source is not None
    assert fields["Amount"].source.evaluate({}) is None


def test_findings_come_as_a_reader_meets_them_and_those_of_no_place_first() -> None:
    second, first, nowhere = (
        Finding("b", Position("m.yaml", 2, 9)),
        Finding("a", Position("m.yaml", 2, 3)),
        Finding("c", None),
    )
    assert in_file_order([second, first, nowhere, second]) == [nowhere, first, second]


def test_what_a_mapping_looks_at_beside_the_invitation_is_known() -> None:
    assert mapping(DESIGN).beside == frozenset()
    assert mapping(DESIGN.replace("customer.CompanyName", "Engagement.Title")).beside == {"Engagement"}


# -- fingerprint


def test_comments_order_and_style_leave_the_fingerprint() -> None:
    document = DESIGN.split("records:\n")
    rules = re.split(r"(?m)^(?=  \w+:$)", document[1])
    shuffled = f"# other\n{document[0]}records:\n{''.join(reversed(rules))}"
    shuffled = shuffled.replace("{Name: customer.CompanyName", "{Name: {from: 'customer.CompanyName'}")
    shuffled = shuffled.replace("Sort: index", '"Sort": "index", ').replace(
        "when: Status", "when: >\n      Status"
    )
    assert mapping(shuffled).fingerprint == mapping(DESIGN).fingerprint


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("max_length: 120", "max_length: 121"),
        ("required: true", "required: false"),
        ("'USD'", "'EUR'"),
        ("write: create", "write: blank"),
        ("value: 12.50", "value: '12.50'"),
        ("default: null", "write: keep"),
        ("NO: x", "NO: y"),
        ("none: skip", "none: create"),
        (
            "title: {AWS_Project_Title__c: deal.Project.Title, Name:",
            "title: {Name: deal.Project.Title, AWS_Project_Title__c:",
        ),
        ("deal: Payload.OpportunityInvitation", "deal: Payload.LeadInvitation"),
        ("From: {{", "from: {{"),
        ("Sort: index", "Sort: item.Index"),
    ],
)
def test_another_meaning_has_another_fingerprint(old: str, new: str) -> None:
    assert old in DESIGN
    assert mapping(DESIGN.replace(old, new)).fingerprint != mapping(DESIGN).fingerprint


def test_the_fingerprint_outlives_an_upgrade() -> None:
    """Another one has every invitation planned anew: ``LANGUAGE`` is what is to be raised for that."""
    rates = Rates("USD", {"EUR": Decimal("1.08"), "CHF": Decimal("1.1")})
    assert mapping(DESIGN, rates).fingerprint == "cd308830e24978234f2534a2b229981e"
    assert mapping(DESIGN.replace("NO: x", "NO: Bergværk")).fingerprint == "9c241fcf03b76ad754a87ff540d89695"


def test_rates_are_part_of_the_fingerprint() -> None:
    euro = Rates("USD", {"EUR": Decimal("1.08"), "JPY": Decimal("0.0067")})
    same = Rates("USD", {"JPY": Decimal("0.0067"), "EUR": Decimal("1.08")})
    other = Rates("USD", {"EUR": Decimal("1.09"), "JPY": Decimal("0.0067")})
    assert mapping(DESIGN, euro).fingerprint == mapping(DESIGN, same).fingerprint
    assert mapping(DESIGN, euro).fingerprint != mapping(DESIGN, other).fingerprint
    assert mapping(DESIGN, euro).fingerprint != mapping(DESIGN).fingerprint


# -- whatever somebody writes

KEYS = [
    "version",
    "name",
    "crm",
    "let",
    "records",
    "lead",
    "object",
    "key",
    "fields",
    "match",
    "title",
    "from",
]
KEYS += ["value", "template", "ref", "lookup", "write", "none", "whn", "tmplate", "for_each", "x'", ""]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["Id", "item.x", "{{", "always", "a(", "", "lead"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=2 * settings().max_examples)
@given(VALUES, VALUES, VALUES)
def test_any_structure_loads_or_is_refused_with_places(records: Any, rule: Any, field: Any) -> None:
    fields = {"a": field, "b": {"from": field}, "c": {"template": field, "ref": field}}
    written = {
        "version": 1,
        "name": "x",
        "crm": "y",
        "let": rule,
        "records": {"r": records, "s": rule, "t": {"object": "o", "key": {"k": "Id"}, "fields": fields}},
    }
    for value in (written, {**written, "records": records}, rule):
        try:
            loaded = mapping(orjson.dumps(value).decode())
        except ConfigurationError as error:
            assert error.findings
            assert all(finding.position is not None for finding in error.findings)
        else:
            assert loaded.records


WHOLE = """\
version: 1
name: n
crm: c
records:
  r:
    object: o
    key: {k: Id}
    fields: {f: Id}
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "name: n",
            "name: {a: b}",
            (2, 7, "'name' wants text, not an entry", "text that begins with { or [ needs quotes"),
        ),
        (
            "name: n",
            "name: {a: b, c: d}",
            (2, 7, "'name' wants text, not 2 entries", "text that begins with { or [ needs quotes"),
        ),
        (
            "name: n",
            "name: [a]",
            (2, 7, "'name' wants text, not a list", "text that begins with { or [ needs quotes"),
        ),
        ("name: n", "name: 5", (2, 7, "'name' wants text, not a number", "put it in quotes")),
        ("name: n", "name: true", (2, 7, "'name' wants text, not true or false", "put it in quotes")),
        ("name: n", "name: ''", (2, 7, "'name' is empty", "give it a value, or delete the line")),
        ("crm: c", "crm:", (3, 1, "'crm' is empty", "give it a value, or delete the line")),
        ("crm: c", "Crm: c", (3, 1, "unknown key 'Crm'", "did you mean crm?")),
        ("object: o", "when: Id", (5, 3, "the rule r has no 'object'", "name the CRM's object or table")),
        ("key: {k: Id}", "key: {k: 5}", (7, 14, "'k' wants text, not a number", "put it in quotes")),
        ("key: {k: Id}", "key: Id", (7, 10, "'key' wants entries (name: value), not text", None)),
        ("fields: {f: Id}", "fields: [f]", (8, 13, "'fields' wants entries (name: value), not a list", None)),
        (
            "{f: Id}",
            "{f: {from: Id, write: alway}}",
            (8, 35, "write cannot be alway", "did you mean always?"),
        ),
        (
            "{f: Id}",
            "{f: {from: Id, required: 1}}",
            (8, 38, "required wants true or false, not a number", None),
        ),
        (
            "{f: Id}",
            "{f: {from: Id, max_length: x}}",
            (8, 40, "max_length wants a whole number above 0", None),
        ),
        (
            "{f: Id}",
            "{f: {from: Id, lookup: {}}}",
            (8, 36, "'lookup' is empty", "give it an entry, or delete the line"),
        ),
        ("{f: Id}", "{f: {value: {a: b}}}", (8, 25, "value wants one plain value, not an entry", None)),
        (
            "records:",
            "let: {deal: 5}\nrecords:",
            (4, 13, "'deal' wants text, not a number", "put it in quotes"),
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_write(old: str, new: str, told: Any) -> None:
    _, findings = load_with_findings(yamlfile.parse(WHOLE.replace(old, new, 1), "m.yaml"))
    assert [_told(finding) for finding in findings] == [told]


def test_a_text_may_be_cut_to_one_character_and_not_to_none() -> None:
    assert (
        mapping(WHOLE.replace("{f: Id}", "{f: {from: Id, max_length: 1}}")).records[0].fields[0].max_length
        == 1
    )
    with pytest.raises(ConfigurationError):
        mapping(WHOLE.replace("{f: Id}", "{f: {from: Id, max_length: 0}}"))


def test_a_comma_within_braces_that_splits_an_expression_is_told_as_such() -> None:
    text = WHOLE.replace("{f: Id}", "{f: {from: contains(Id, value)}}")
    _, findings = load_with_findings(yamlfile.parse(text, "m.yaml"))
    assert [_told(finding)[2:] for finding in findings] == [
        ("the expression ends too early", "a ( is not closed with )"),
        ("unknown key 'value)'", "inside { } an expression with a comma in it needs quotes"),
    ]


def test_what_holds_nothing_but_mistakes_is_left_out_with_them() -> None:
    text = WHOLE.replace("{f: Id}", "{f: {from: Id, lookup: {A: [b]}}}")
    loaded, findings = load_with_findings(yamlfile.parse(text, "m.yaml"))
    assert [_told(finding)[2] for finding in findings] == ["A wants one plain value, not a list"]
    assert loaded is not None
    assert loaded.records[0].fields[0].source is not None


def test_a_rule_without_a_name_is_told_with_what_is_wrong_in_it() -> None:
    text = WHOLE.replace("  r:\n    object: o\n", "  '':\n").replace("{f: Id}", "{f: {write: 1}}")
    _, findings = load_with_findings(yamlfile.parse(text, "m.yaml"))
    assert [_told(finding)[2] for finding in findings] == [
        "'' is empty",
        "the rule  has no 'object'",
        "write cannot be 1",
    ]


def test_a_rule_that_lacks_much_is_told_all_of_it_and_another_is_not_touched_by_it() -> None:
    text = WHOLE + "  bare: {}\n  bare_too: {}\n"
    made, findings = load_with_findings(yamlfile.parse(text, "m.yaml"))
    assert [finding.message for finding in findings] == [
        f"the rule {rule} has no '{part}'"
        for rule in ("bare", "bare_too")
        for part in ("object", "key", "fields")
    ]
    assert made is not None and [rule.name for rule in made.records] == ["r"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("{k: Id, f: nowhere}", [(8, 14, "k is the key already"), (8, 24, "unknown name 'nowhere'")]),
        ("{f: {from: nowhere}}", [(8, 24, "unknown name 'nowhere'")]),
        ("{f: {template: 'a {{ nowhere }}'}}", [(8, 34, "unknown name 'nowhere'")]),
        ("{f: {ref: r2, lookup: {a: b}}}", [(8, 27, "lookup has no effect beside ref")]),
        ("{f: {value: 1, default: 2}}", [(8, 28, "default has no effect beside value")]),
    ],
)
def test_where_in_a_field_a_mistake_is(fields: str, told: list[Any]) -> None:
    _, findings = load_with_findings(yamlfile.parse(WHOLE.replace("{f: Id}", fields), "m.yaml"))
    found = [_told(finding)[:3] for finding in findings]
    for line, column, message in told:
        assert (line, column, message) in found


@pytest.mark.parametrize("part", ["title", "narrow"])
def test_a_mistake_in_a_match_stands_where_it_is(part: str) -> None:
    match = f"    match:\n      title: {{t: {'nowhere' if part == 'title' else 'Id'}}}\n"
    match += "      narrow: {n: nowhere}\n" if part == "narrow" else ""
    _, findings = load_with_findings(yamlfile.parse(WHOLE + match, "m.yaml"))
    (finding,) = findings
    line = 10 if part == "title" else 11
    assert _told(finding)[:2] == (line, 18 if part == "title" else 19)


def test_what_a_field_says_is_in_its_rule() -> None:
    fields = "{f: {from: Id, default: none, optional: true}, g: Id, h: {ref: r2}}"
    other = "  r2:\n    object: o2\n    key: {k: Id}\n    fields: {}\n"
    first, second, third = mapping(WHOLE.replace("{f: Id}", fields) + other).records[1].fields
    assert (first.default, first.has_default, first.optional) == ("none", True, True)
    assert (second.default, second.has_default, second.optional) == (None, False, False)
    assert (third.source, third.ref) == (None, "r2")


def test_a_rule_that_refers_to_a_broken_one_is_not_wrong_for_that() -> None:
    text = WHOLE.replace("{f: Id}", "{f: {ref: account}}") + "  account: broken\n"
    _, findings = load_with_findings(yamlfile.parse(text, "m.yaml"))
    assert [_told(finding)[:2] for finding in findings] == [(9, 12)]


def test_an_expression_is_compiled_with_the_rates() -> None:
    text = WHOLE.replace("{f: Id}", "{f: \"spend_in(Spend, 'USD')\"}")
    field = mapping(text, Rates("USD", {"EUR": Decimal(2)})).records[0].fields[0]
    spend = {"Amount": "5", "CurrencyCode": "EUR", "Frequency": "Monthly"}
    assert field.source is not None and field.source.evaluate({"Spend": [spend]}) == 10


@pytest.mark.parametrize("text", ["", "- a", "version: 99\nname: n\n"])
def test_a_file_of_which_nothing_can_be_used_is_told_of_once_and_left_as_it_is(text: str) -> None:
    document = yamlfile.parse(text, "m.yaml")
    loaded, findings, after = mended(document)
    assert loaded is None
    assert len(findings) == 1
    assert after is document


def test_a_file_that_is_not_valid_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"m\.yaml is not a valid mapping"):
        mapping(WHOLE.replace("Id", "nowhere"))


def test_an_expression_that_does_not_compile_keeps_its_place() -> None:
    made, _ = load_with_findings(yamlfile.parse(WHOLE.replace("{f: Id}", "{f: Id Id}"), "m.yaml"))
    assert made is not None
    source = made.records[0].fields[0].source
    assert source is not None and source.evaluate({"Id": "x"}) is None
    assert source.position is not None and (source.position.line, source.position.column) == (8, 17)


def test_a_field_without_a_name_is_told_at_its_place() -> None:
    _, findings = load_with_findings(yamlfile.parse(WHOLE.replace("{f: Id}", "{f: Id, '': Id}"), "m.yaml"))
    assert [_told(finding)[:2] for finding in findings] == [(8, 21)]


def test_a_key_that_is_like_no_other_is_told_what_there_is() -> None:
    text = WHOLE.replace("records:", "let: {a: Id}\nzzz: 1\nrecords:")
    _, (finding,) = load_with_findings(yamlfile.parse(text, "m.yaml"))
    assert (finding.message, finding.hint) == ("unknown key 'zzz'", "one of version, name, crm, let, records")


def test_rules_come_after_those_that_they_refer_to_however_far() -> None:
    rule = "  {name}:\n    object: o\n    key: {{k: Id}}\n    fields: {{f: {{ref: {ref}}}}}\n"
    rules = "".join(rule.format(name=name, ref=ref) for name, ref in (("a", "b"), ("b", "c"), ("c", "r")))
    assert [each.name for each in mapping(WHOLE.replace("records:\n", f"records:\n{rules}")).records] == [
        "r",
        "c",
        "b",
        "a",
    ]


def test_a_hundred_rules_may_refer_to_each_other_in_a_row() -> None:
    def row(length: int) -> str:
        rule = "  r{}:\n    object: o\n    key: {{k: Id}}\n    fields: {{f: {}}}\n"
        refs = [f"{{ref: r{number + 1}}}" for number in range(length)]
        rules = "".join(rule.format(number, ref) for number, ref in enumerate([*refs, "Id"]))
        return WHOLE[: WHOLE.index("  r:")] + rules

    assert [rule.name for rule in mapping(row(100)).records] == [f"r{n}" for n in range(100, -1, -1)]
    _, findings = load_with_findings(yamlfile.parse(row(101), "m.yaml"))
    assert [_told(finding) for finding in findings] == [
        (408, 23, "more than 100 rules refer to each other in a row", "take out one of these references")
    ]


@pytest.mark.parametrize(
    ("template", "column", "message"),
    [
        ("}} a", 0, "a }} without a {{ before it"),
        ("a }} b", 2, "a }} without a {{ before it"),
        ("a }} b }}", 2, "a }} without a {{ before it"),
        ("{{ Id }} }}", 9, "a }} without a {{ before it"),
        ("a {{ Id", 2, "a {{ is not closed with }}"),
        ("{{ 'a }}", 0, "a quote ' is not closed in this {{ }}"),
        ("{{ {a: Id} }", 0, "a {{ is not closed with }}"),
    ],
)
def test_braces_that_do_not_pair_are_told_where_they_are(template: str, column: int, message: str) -> None:
    with pytest.raises(Problem) as caught:
        split(template)
    assert (caught.value.offset, caught.value.message) == (column, message)


def test_a_template_is_split_where_its_expressions_end() -> None:
    template = "A {{ join('}} \\' }}', [Id]) }}: {{ {a: Id}.a }}{{ `\"}}\"` }} end"
    assert [(part.text, part.offset, part.is_expression) for part in split(template)] == [
        ("A ", 0, False),
        (" join('}} \\' }}', [Id]) ", 4, True),
        (": ", 30, False),
        (" {a: Id}.a ", 34, True),
        (' `"}}"` ', 49, True),
        (" end", 59, False),
    ]
