"""The state and country picklists of an org that has them switched on."""

from __future__ import annotations

from babel import Locale

# Salesforce's standard list has ISO 3166's own English names; where CLDR's differ, these are its.
_NAMES = {
    "BO": "Bolivia, Plurinational State of",
    "CD": "Congo, the Democratic Republic of the",
    "CG": "Congo",
    "CI": "Cote d'Ivoire",
    "CZ": "Czech Republic",
    "IR": "Iran, Islamic Republic of",
    "KP": "Korea, Democratic People's Republic of",
    "KR": "Korea, Republic of",
    "MM": "Myanmar",
    "LA": "Lao People's Democratic Republic",
    "MD": "Moldova, Republic of",
    "RU": "Russian Federation",
    "SY": "Syrian Arab Republic",
    "TR": "Turkey",
    "TZ": "Tanzania, United Republic of",
    "VN": "Viet Nam",
    "VE": "Venezuela, Bolivarian Republic of",
    "VA": "Holy See (Vatican City State)",
}
_NOT_LISTED = {"EU", "EZ", "UN", "QO", "XA", "XB", "XK", "ZZ", "AC", "CP", "DG", "EA", "IC", "TA", "HK", "MO"}
COUNTRIES: dict[str, str] = {
    code: _NAMES.get(code, str(name))
    for code, name in Locale("en").territories.items()
    if len(code) == 2 and code not in _NOT_LISTED
}
# Countries with states in Salesforce's list, and some of these; elsewhere no state is accepted.
STATES: dict[str, dict[str, str]] = {
    "US": {
        "CA": "California",
        "FL": "Florida",
        "IL": "Illinois",
        "MA": "Massachusetts",
        "NY": "New York",
        "TX": "Texas",
        "VA": "Virginia",
        "WA": "Washington",
    },
    "CA": {"BC": "British Columbia", "ON": "Ontario", "QC": "Quebec"},
    "AU": {"NSW": "New South Wales", "QLD": "Queensland", "VIC": "Victoria"},
    "BR": {"RJ": "Rio de Janeiro", "SP": "São Paulo"},
    "IN": {"KA": "Karnataka", "MH": "Maharashtra"},
}


def country_codes() -> tuple[str, ...]:
    return tuple(sorted(COUNTRIES))


class WrongPlace(Exception):
    """``which`` is "Country" or "State"; the message is Salesforce's."""

    def __init__(self, which: str, message: str) -> None:
        super().__init__(message)
        self.which = which


def settle(given: dict[str, str | None]) -> dict[str, str | None]:
    """Country, CountryCode, State and StateCode as they will be stored, of those given.

    Raises WrongPlace for a name or code that is not in the list, or that contradicts the other.
    """
    code = _code(given, "Country", COUNTRIES)
    states = STATES.get(code or "", {})
    if (given.get("State") or given.get("StateCode")) and code is None:
        message = (
            "A country/territory must be specified before specifying a state value for field: State/Province"
        )
        raise WrongPlace("State", message)
    state = _code(given, "State", states)
    return {
        "CountryCode": code,
        "Country": COUNTRIES.get(code or ""),
        "StateCode": state,
        "State": states.get(state or ""),
    }


def _code(given: dict[str, str | None], which: str, known: dict[str, str]) -> str | None:
    name, code = given.get(which), given.get(f"{which}Code")
    word = "country" if which == "Country" else "state"
    many = "countries" if which == "Country" else "states"
    problem = (
        f"There's a problem with this {word}, even though it may appear correct. "
        f"Please select a {word}{'/territory' * (which == 'Country')} from the list of valid {many}."
    )
    if name is None and code is None:
        return None
    by_name = next((key for key, label in known.items() if name and label.lower() == name.lower()), None)
    if code is not None and (code not in known or (name is not None and by_name != code)):
        raise WrongPlace(which, problem)
    if code is None and by_name is None:
        raise WrongPlace(which, problem)
    return code or by_name
