"""The sales taxes of each province and territory of Canada, as their governments publish them: data, and nothing else.

- GST and HST: https://www.canada.ca/en/revenue-agency/services/tax/businesses/topics/gst-hst-businesses/charge-collect-which-rate/calculator.html
- QST: https://www.revenuquebec.ca/en/businesses/consumption-taxes/gsthst-and-qst/basic-rules-for-applying-the-gsthst-and-qst/
- BC PST: https://www2.gov.bc.ca/gov/content/taxes/sales-taxes/pst
- SK PST: https://www.saskatchewan.ca/business/taxes-licensing-and-reporting/provincial-taxes-policies-and-bulletins/provincial-sales-tax
- MB RST: https://www.gov.mb.ca/finance/taxation/taxes/retail.html
"""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Usual:
    """A tax with its rates in millionths, each from a day on. `authority` publishes them."""

    code: str
    name_fr: str
    name_en: str
    rates: tuple[tuple[dt.date, int], ...]
    authority: str


CRA = "https://www.canada.ca/en/revenue-agency/services/tax/businesses/topics/gst-hst-businesses.html"
GST = Usual(
    code="GST", name_fr="TPS", name_en="GST", rates=((dt.date(2008, 1, 1), 50_000),), authority=CRA
)  # fmt: skip
QST = Usual(
    code="QST",
    name_fr="TVQ",
    name_en="QST",
    # Computed on the price alone since 2013, and no longer on the price and the GST.
    rates=((dt.date(2013, 1, 1), 99_750),),
    authority="https://www.revenuquebec.ca/en/businesses/consumption-taxes/gsthst-and-qst/",
)


def _hst(*rates: tuple[dt.date, int]) -> Usual:
    return Usual(code="HST", name_fr="TVH", name_en="HST", rates=rates, authority=CRA)


def _pst(since: dt.date, rate: int, authority: str) -> Usual:
    return Usual(code="PST", name_fr="TVP", name_en="PST", rates=((since, rate),), authority=authority)


BC_PST = _pst(dt.date(2013, 4, 1), 70_000, "https://www2.gov.bc.ca/gov/content/taxes/sales-taxes/pst")
SK_PST = _pst(
    dt.date(2017, 3, 23),
    60_000,
    "https://www.saskatchewan.ca/business/taxes-licensing-and-reporting/provincial-taxes-policies-and-bulletins/provincial-sales-tax",
)
MB_RST = Usual(
    code="RST",
    name_fr="TVD",
    name_en="RST",
    rates=((dt.date(2019, 7, 1), 70_000),),
    authority="https://www.gov.mb.ca/finance/taxation/taxes/retail.html",
)
FIFTEEN = 150_000
BY_PROVINCE: dict[str, tuple[Usual, ...]] = {
    "QC": (GST, QST),
    "ON": (_hst((dt.date(2010, 7, 1), 130_000)),),
    "BC": (GST, BC_PST),
    "AB": (GST,),
    "MB": (GST, MB_RST),
    "NB": (_hst((dt.date(2016, 7, 1), FIFTEEN)),),
    "NL": (_hst((dt.date(2016, 7, 1), FIFTEEN)),),
    "NS": (_hst((dt.date(2010, 7, 1), FIFTEEN), (dt.date(2025, 4, 1), 140_000)),),
    "NT": (GST,),
    "NU": (GST,),
    "PE": (_hst((dt.date(2016, 10, 1), FIFTEEN)),),
    "SK": (GST, SK_PST),
    "YT": (GST,),
}
