"""The period of a file whose rows have no day: in the languages of ad systems, above the header or in the name."""

from datetime import date

import pytest

from core.imports.periods import Period, find

JUNE = Period(date(2025, 6, 1), date(2025, 6, 30))


@pytest.mark.parametrize(
    "line",
    [
        "June 1, 2025 - June 30, 2025",
        "Jun 1, 2025 – Jun 30, 2025",
        "1 June 2025 - 30 June 2025",
        "1 Jun 2025 to 30 Jun 2025",
        "1er juin 2025 - 30 juin 2025",
        "1. Juni 2025 – 30. Juni 2025",
        "01.06.2025 - 30.06.2025",
        "1 de junio de 2025 - 30 de junio de 2025",
        "1 de junho de 2025 - 30 de junho de 2025",
        "1º de junho de 2025 a 30 de junho de 2025",
        "1 giugno 2025 - 30 giugno 2025",
        "1 juni 2025 - 30 juni 2025",
        "2025-06-01 - 2025-06-30",
        "2025/06/01 to 2025/06/30",
        "2025-06-01~2025-06-30",
        "2025年6月1日 - 2025年6月30日",
        "2025年06月01日至2025年06月30日",
        "统计时间：2025-06-01 至 2025-06-30",
        "20250601-20250630",
        '"Date range: June 1, 2025 - June 30, 2025"',
        "Period,2025-06-01,2025-06-30",
        "2025-06-30 back to 2025-06-01",
    ],
)
def test_two_days_are_a_period(line: str) -> None:
    assert find([line]) == JUNE
    assert find(["Campaign report", line, "All time"]) == JUNE


@pytest.mark.parametrize(
    ("words", "month"),
    [
        ("January Jan janvier Januar enero ene janeiro gennaio gen januari", 1),
        ("February Feb février fév Februar febrero fevereiro fev febbraio februari", 2),
        ("March Mar mars März marzo março maart mrt", 3),
        ("April Apr avril abril abr aprile", 4),
        ("May mai mayo maio maggio mag mei", 5),
        ("June Jun juin Juni junio junho giugno giu", 6),
        ("July Jul juillet Juli julio julho luglio lug", 7),
        ("August Aug août agosto ago augustus", 8),
        ("September Sep septembre septiembre setembro settembre set", 9),
        ("October Oct octobre Oktober octubre outubro ottobre ott okt", 10),
        ("November Nov novembre noviembre novembro", 11),
        ("December Dec décembre Dezember diciembre dezembro dicembre dic", 12),
    ],
)
def test_months_in_the_languages_of_ad_systems(words: str, month: int) -> None:
    for word in words.split():
        for name in (word, word.upper(), f"{word}."):
            assert find([f"3 {name} 2025", f"9 {name} 2025"]) == Period(date(2025, month, 3), date(2025, month, 9)), (
                name
            )


@pytest.mark.parametrize(
    ("lines", "name", "expected"),
    [
        ([], "report_2025-06-01_2025-06-30.csv", JUNE),
        ([], "report 20250601-20250630.csv", JUNE),
        ([], "Campaigns-Jun-1-2025-Jun-30-2025.csv", None),  # minus signs between are no form of a day
        ([], "2025-06-30.csv", None),  # one day in a name is that of the download
        ([], "orders_export_1.csv", None),
        ([], "", None),
        (["June 1, 2025"], "", Period(date(2025, 6, 1), date(2025, 6, 1))),  # one day above the header is the period
        (["June 1, 2025 - June 30, 2025"], "x_2024-01-01_2024-01-31.csv", JUNE),
        (["no day here"], "x_2025-06-01_2025-06-30.csv", JUNE),
        (["From 2025-06-01", "until 2025-06-30"], "", JUNE),
    ],
)
def test_the_lines_above_go_before_the_name(lines: list[str], name: str, expected: Period | None) -> None:
    assert find(lines, name) == expected


@pytest.mark.parametrize(
    "line",
    [
        *("", "All time", "2025", "June 2025", "1234567890", "2025-13-45", "30 February 2025", "31.04.2025"),
        *("Order 120250601", "Seller ID: 20991231999", "12 pieces 2025", "Version 1.2.3"),
    ],
)
def test_what_is_no_day_is_no_period(line: str) -> None:
    assert find([line]) is None


def test_a_period_knows_its_days() -> None:
    assert JUNE.days == 30
    assert str(JUNE) == "2025-06-01 to 2025-06-30"
    one = Period(date(2025, 6, 1), date(2025, 6, 1))
    assert (one.days, str(one)) == (1, "2025-06-01")


def test_a_day_is_counted_once_whatever_form_finds_it() -> None:
    assert find(["2025-06-01"]) == Period(date(2025, 6, 1), date(2025, 6, 1))
    assert find(["1 June 2025 12:00"]) == Period(date(2025, 6, 1), date(2025, 6, 1))
