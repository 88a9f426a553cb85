"""Nothing that is anybody's own survives scrubbing, wherever it stands; what leads somewhere still does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ListShape, Shape, StructureShape
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.fetch.service_model import service_model
from tests.recording import allowed
from tests.recording.interactions import Interaction
from tests.recording.scrub import LEFT_OUT, scrub

MARK = "zq7"  # in no placeholder, and in nothing that is allowed
LIST, GET = "ListEngagementInvitations", "GetEngagementInvitation"


def answered(body: Any, url: str = "https://acme.my.salesforce.com/services/data/v62.0/query") -> Interaction:
    return Interaction("GET", url, 200, body if isinstance(body, str) else json.dumps(body))


def scrubbed(body: Any, rules: allowed.Allowed = allowed.salesforce()) -> Any:  # noqa: B008
    (one,) = scrub([answered(body)], rules)
    return json.loads(one.answer)


# -- no text survives

written = st.text(max_size=30)
somebodys = st.one_of(
    st.builds(lambda before, after: f"{before} {MARK} {after}", written, written),
    st.builds(lambda name: f"{MARK}.{name}@customer.test", st.from_regex(r"[a-z]{1,9}", fullmatch=True)),
    st.builds(lambda name: f"https://{MARK}.test/{name}", st.from_regex(r"[a-z]{1,9}", fullmatch=True)),
    st.builds(lambda tail: f"engi-{MARK}{tail}", st.from_regex(r"[0-9a-z]{10}", fullmatch=True)),
    st.builds(lambda tail: f"001{MARK}{tail}", st.from_regex(r"[0-9a-zA-Z]{9}", fullmatch=True)),
    st.builds(lambda tail: f"/services/data/v62.0/query/{MARK}{tail}", written),
    st.builds(lambda tail: f"arn:aws:partnercentral:us-east-1::catalog/AWS/engagement/{MARK}{tail}", written),
    st.builds(lambda stem: f"{MARK}{stem}__c", st.from_regex(r"[A-Za-z]{0,9}", fullmatch=True)),
)
MEMBERS = """
    Name Id name label fields type errorCode statusCode message soapType keyPrefix referenceTo value url
    Status Catalog Industry CountryCode Title Amount NextToken __type instance_url access_token id scope
"""
members = st.sampled_from(MEMBERS.split())
bodies = st.recursive(
    somebodys,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(members, inner, max_size=5)),
    max_leaves=20,
)


@given(bodies, st.sampled_from([allowed.salesforce(), allowed.partner_central()]))
def test_no_text_of_anybodys_survives_in_an_answer(body: Any, rules: allowed.Allowed) -> None:
    (one,) = scrub([answered(body)], rules)
    assert MARK not in one.answer.encode().decode("unicode-escape", "replace")
    assert MARK not in one.answer


@given(somebodys)
def test_nor_in_an_address_a_header_or_a_request(text: str) -> None:
    (one,) = scrub(
        [
            Interaction(
                "POST",
                f"https://{MARK}.my.salesforce.com/services/data/v62.0/sobjects/{MARK}__c/{MARK}?x={MARK}",
                200,
                text,
                json.dumps({"q": text}),
                {
                    "Authorization": f"Bearer {MARK}",
                    "Cookie": MARK,
                    "X-Amz-Target": MARK,
                    "Content-Type": MARK,
                },
                {"Set-Cookie": MARK, "Sforce-Limit-Info": f"api-usage=1/{MARK}", "X-Request-Id": MARK},
            )
        ],
        allowed.salesforce(),
    )
    assert MARK not in str(one)


def sensitive(shape: Shape | None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where the service's own model marks a member as sensitive."""
    if isinstance(shape, ListShape):
        yield from sensitive(shape.member, path)
    elif isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield from sensitive(member, (*path, name))
    elif shape is not None and shape.metadata.get("sensitive"):
        yield path


MARKED = sorted(
    {
        path
        for operation in (GET, LIST)
        for path in sensitive(service_model().operation_model(operation).output_shape)
    }
)


def test_the_model_marks_what_we_think_it_does() -> None:
    assert {path[-1] for path in MARKED} >= {"Email", "Phone", "Amount", "WebsiteUrl", "SenderAwsAccountId"}


@pytest.mark.parametrize("path", MARKED, ids=".".join)
@settings(max_examples=settings().max_examples // 4)
@given(text=somebodys)
def test_no_value_of_a_member_that_the_service_marks_survives(path: tuple[str, ...], text: str) -> None:
    body: Any = text
    for name in reversed(path):
        body = {name: body}
    assert MARK not in json.dumps(scrubbed(body, allowed.partner_central()))


@given(st.integers(), st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_numbers_that_do_not_measure_are_replaced(whole: int, amount: Any) -> None:
    clean = scrubbed(f'{{"Amount": {amount:f}, "EngagementScore": {whole}, "length": 80}}')
    assert (clean["Amount"], clean["EngagementScore"], clean["length"]) in (
        (1001.0, 1002, 80),
        (1001.0, 1001, 80),
    )


# -- what is one, stays one


def test_what_led_somewhere_still_does() -> None:
    title = "The Blue Project"
    sent = [
        answered({"NextToken": "abc/def==", "Id": "engi-zzzzzzzzzzzz1", "EngagementTitle": title}),
        Interaction("POST", "https://x/", 200, json.dumps({"Title": title}), '{"NextToken": "abc/def=="}'),
        Interaction("POST", "https://x/", 200, "{}", '{"Identifier": "engi-zzzzzzzzzzzz1"}'),
    ]
    listed, following, got = scrub(sent, allowed.partner_central())
    answer = json.loads(listed.answer)
    assert json.loads(following.request)["NextToken"] == answer["NextToken"]
    assert json.loads(got.request)["Identifier"] == answer["Id"]
    assert json.loads(following.answer)["Title"] == answer["EngagementTitle"]


def test_a_next_page_is_asked_for_where_it_is() -> None:
    page = "/services/data/v62.0/query/01gD0000002HU6KIAW-2000"
    first, second = scrub(
        [answered({"nextRecordsUrl": page}), answered({}, f"https://acme.my.salesforce.com{page}")],
        allowed.salesforce(),
    )
    assert second.url == "https://example.my.salesforce.com" + json.loads(first.answer)["nextRecordsUrl"]
    assert "01gD0000002HU6KIAW" not in second.url


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        ("engi-abcdefghijklm", r"engi-[0-9a-z]{13}"),
        ("eng-abcdefghijklmn", r"eng-[0-9a-z]{14}"),
        ("O1234567", r"O\d{7}"),
        ("210987654321", r"\d{12}"),
        ("jane@customer.test", r"[\w.]+@example\.com"),
        ("2025-03-04T05:06:07.123456789Z", r"\d{4}-\d\d-\d\dT00:00:00\.000000000Z"),
        ("2025-03-04T05:06:07.000+0000", r"\d{4}-\d\d-\d\dT00:00:00\.000\+0000"),
        ("2025-03-04", r"\d{4}-\d\d-\d\d"),
        ("98765.40", r"\d+\.00"),
        ("+49 89 123456", r"\+1 555 01\d\d"),
        ("001D000000IRFmaIAH", r"001EXAMPLE\d{5}[A-Z0-5]{3}"),
        ("www.customer.test", r"customer\d+\.example\.com"),
    ],
)
def test_a_placeholder_has_the_form_of_what_it_stands_for(raw: str, form: str) -> None:
    clean = scrubbed({"X": raw})["X"]
    assert re.fullmatch(form, clean)
    assert clean != raw


def test_an_administrators_names_go_and_the_standard_ones_and_ours_stay() -> None:
    fields = [{"name": name, "label": name} for name in ("StageName", "AWS_Invitation_Id__c", "Acme_Rank__c")]
    clean = scrubbed({"name": "Lead", "fields": fields, "recordTypeInfos": [{"name": "Acme"}]})
    assert [field["name"] for field in clean["fields"]] == ["StageName", "AWS_Invitation_Id__c", "Custom1__c"]
    assert "Acme" not in json.dumps(clean)


def test_a_query_keeps_its_fields_and_our_own_words_only() -> None:
    query = (
        "SELECT Id, Acme_Rank__c FROM Lead WHERE Name LIKE '%recording%one%' OR Name IN ('O\\'Neill', 'x')"
    )
    (one,) = scrub(
        [Interaction("GET", f"https://a.my.salesforce.com/services/data/v62.0/query/?q={query}", 200, "{}")],
        allowed.salesforce(),
        {"Recording one"},
    )
    assert "recording%25one" in one.url
    assert "Neill" not in one.url
    assert "Acme" not in one.url


def test_a_sign_in_keeps_the_kind_of_grant_alone() -> None:
    form = "grant_type=client_credentials&client_id=abc&client_secret=def"
    (one,) = scrub(
        [Interaction("POST", "https://a.my.salesforce.com/services/oauth2/token", 200, "{}", form)],
        allowed.salesforce(),
    )
    assert one.request == "grant_type=client_credentials"


def test_what_is_not_json_is_left_out() -> None:
    (one,) = scrub([answered("<sessionId>abc</sessionId>")], allowed.salesforce())
    assert one.answer == LEFT_OUT
