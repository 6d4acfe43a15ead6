"""Customers become hashes under a key of the shop's own, and what people write is masked, not the rest."""

import hashlib
import hmac
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from core import privacy
from core.errors import DebutError
from core.workspace import Workspace

ROOT = Path(__file__).parents[2]
KEY = bytes(range(32))


def cut(headers: str) -> list[str]:
    return headers.split("|")


ADDRESSES = [
    ("write to anna.lee+x@mail.example.com now", "write to [e-mail] now"),
    ("邮箱abc@qq.com谢谢", "邮箱[e-mail]谢谢"),
    ("jörg@müller.de", "[e-mail]"),
    ("a@b.org, c@d.org", "[e-mail], [e-mail]"),
]
NUMBERS = [
    *("+49 171 1234567", "+1 (555) 123-4567", "+49 (0)171 1234567", "+442079460958", "0049 171 1234567"),
    *("0171 1234567", "(0171) 1234567", "030/1234567", "020 7946 0958", "06.12.34.56.78", "06 12 34 56 78"),
    *("07911123456", "02 9374 4000", "(555) 123-4567", "555-123-4567", "13812345678", "138 1234 5678"),
    *("010-12345678", "+86 138 1234 5678"),
]
CUED_NUMBERS = ["call 555-1234", "Tel: 5551234567", "my phone number is 5551234567", "Phone: 1234567", "电话5551234567"]
NAMED = [
    ("my name is Anna Lee and", "my name is [name] and"),
    ("Mein Name ist Jörg Müller", "Mein Name ist [name]"),
    ("Kind regards, Anna Lee", "Kind regards, [name]"),
    ("Regards,\nanna lee", "Regards,\n[name]"),
    ("Best wishes, Tom", "Best wishes, [name]"),
    ("Sincerely yours, J. R. Smith", "Sincerely yours, [name]"),
    ("Dear Anna, thanks", "Dear [name], thanks"),
    ("Dear Mr Smith, no", "Dear Mr [name], no"),
    ("Mrs. Jane O'Neil was kind", "Mrs. [name] was kind"),
    ("Great mug. -- Anna K.", "Great mug. -- [name]"),
    ("Good\n- Tom", "Good\n- [name]"),
    ("王先生很好", "[name]先生很好"),
    ("客服王女士很好", "客服[name]女士很好"),
    ("感谢李小明先生", "感谢[name]先生"),
    ("王丽女士收", "[name]女士收"),
    ("我叫王小明", "我叫[name]"),
]
HARMLESS = [
    *("1000 pieces", "12.95", "1,234,567.00", "1.234.567,00", "1 234 567", "50 000 000", "100-2000 pieces", "3 @ 2.50"),
    *("2@3.50", "@handle", "2024-05-01", "2024-05-01 12:30:00", "01.02.2024 14:05", "01/02/2024", "1920-1945"),
    *("12:30-14:45", "120x80", "set of 12, 120 x 80 x 40 cm", "size 36-38-40-42", "30 20 10 cm 2500 g", "order 123456"),
    *(
        "4006381333931",
        "012345678905",
        "00012345",
        "978-3-16-148410-0",
        "SKU 1234-5678",
        "SKU-0171234567",
        "#0171234567",
    ),
    *(
        "https://shop.example/0171234567",
        "iPhone 12 128 256 GB",
        "with regards to the quality",
        "in regards to sizing.",
        "dearest deer",
    ),
    *("my name is engraved on it", "Lovely mug - recommended", "Best Wishes card", "armrest", "a rose is a rose"),
    *("555-1234", "5551234567", "1234567"),
    *("白色女士包", "高端女士手提包", "时尚女士手表", ""),
]
OWN_NAMES = [
    ("Thanks! Anna", ["Anna", "Lee"], "Thanks! [name]"),
    ("anna lee says: Anna, annoying", ["Anna Lee"], "[name] says: [name], annoying"),
    ("ANNA was here", ["anna"], "[name] was here"),
    ("The rose mug. Rose", ["Rose"], "The rose mug. [name]"),
    ("Happy with it", ["Happy Customer"], "Happy with it"),
    ("我是张三很好", ["张三"], "我是[name]很好"),
    ("A+B(c liked it", ["A+B(c"], "[name] liked it"),
    ("Anna", [None], "Anna"),
    (None, ["Anna"], None),
]
PERSONAL = cut(
    "Email|Billing Name|Billing Street|Billing Address1|Billing Company|Shipping Zip|Default Address Phone|First Name|"
    "Default Address Address2|Note|Notes|customer_note|billing_first_name|billing_address_1|billing_postcode|"
    "ship-postal-code|Buyer Username|Ship To Name|Ship To Phone|Buyer Address 1|Buyer Note|Post to name|"
    "Post to postcode|Customer Name|Customer Reference ID|Employee|PAN Suffix|Recipient|Phone #|Detail Address|"
    "Additional address information|Buyer Message|reviewer_name|reviewer_email|ip_address|nickname|full_name|"
    "Display Name|author|customer_zip_code_prefix|CUSTOMER|user_id|user_session|Ship Name|Ship Zipcode|shippingName|"
    "买家会员名|买家支付宝账号|买家留言|收货人姓名|收货地址 |联系电话 |联系手机|客户姓名|客户地址|收件人|"
    "收件人手机号|详细地址|下单帐号|发票抬头|修改后的收货地址|Straße|PLZ|Vorname|E-Mail-Adresse|código postal|"
    "Nom du client|Teléfono|Téléphone"
)
NOT_PERSONAL = cut(
    "Item Name|Lineitem name|Product Name|Name|Title|Campaign name|Ad group name|brand_name|supplier_name|Option1 Name|"
    "Ship Country|Ship City|Buyer State|Default Address Province Code|Shipping Province Name|Payment Terms Name|"
    "Tax 1 Name|Device Name|Device ID|Price Point Name|Shipping Provider Name|Shipping Method|Advertiser account name|"
    "Advertiser account ID|competitorName|seller_id|Purchase Order Number|Accepts Email Marketing|Is Verified Buyer|"
    "Accepts SMS Marketing|Customer segment|customer since|Total Spent|Image Src|payment_method_title|post_name|"
    "location|Product Item 1 Name|Time Zone|Age|Zip Length|phone model|Sessions - Mobile|user rating|gift card|"
    "店名|店铺名称|商品名称|推广计划名称|是否手机订单|物流公司|手机型号|图片地址|"
    "商家备注等级（等级1-5为由高到低）|اسم الحملة"
)


def asked(expression: str, **values: str | None) -> str | None:
    columns = ", ".join(f"?::VARCHAR AS {name}" for name in values)
    row = duckdb.execute(f"SELECT {expression} FROM (SELECT {columns})", list(values.values())).fetchone()
    assert row is not None
    return row[0]


def masked(text: str) -> str | None:
    return asked(privacy.mask("t"), t=text)


def test_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = privacy.key(tmp_path)
    assert len(first) == 32 and len(set(first)) > 8
    assert privacy.key(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "customer.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["customer.key"]


def test_shops_have_keys_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert privacy.key(tmp_path / "a") != privacy.key(tmp_path / "b")


def test_key_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    secret = privacy.key(tmp_path)
    (tmp_path / "customer.key").chmod(0o644)
    assert privacy.key(tmp_path) == secret
    assert stat.S_IMODE((tmp_path / "customer.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
def test_damaged_key_is_refused_and_left(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "customer.key").write_bytes(content)
    with pytest.raises(DebutError, match=f"damaged: {len(content)} bytes"):
        privacy.key(tmp_path)
    assert (tmp_path / "customer.key").read_bytes() == content


def test_key_that_cannot_be_read_or_made_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(DebutError, match="cannot be read or made"):
        privacy.key(tmp_path / "nowhere")
    (tmp_path / "customer.key").mkdir()
    with pytest.raises(DebutError, match="cannot be read or made"):
        privacy.key(tmp_path)


def test_makers_at_the_same_time_agree(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from core import privacy; print(privacy.key(Path({str(tmp_path)!r})).hex())"
    makers = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) for _ in range(3)]
    told = {maker.communicate()[0] for maker in makers}
    assert told == {f"{privacy.key(tmp_path).hex()}\n".encode()}
    assert [path.name for path in tmp_path.iterdir()] == ["customer.key"]


def test_part_that_a_killed_maker_left_is_no_key(tmp_path: Path) -> None:
    (tmp_path / ".customer.key.0123456789abcdef").write_bytes(b"half")
    assert len(privacy.key(tmp_path)) == 32


@pytest.mark.parametrize(
    ("given", "hashed"),
    [
        ("C-1", "C-1"),
        (" C-1 ", "C-1"),
        ("Anna@Example.com", "anna@example.com"),
        ("17850", "17850"),
        ("王小明", "王小明"),
    ],
)
def test_pseudonym_is_an_hmac_of_the_tidied_id(given: str, hashed: str) -> None:
    expected = hmac.new(KEY, hashed.encode(), hashlib.sha256).hexdigest()[:20]
    assert privacy.pseudonym(KEY, given) == f"c_{expected}"


def test_pseudonym_depends_on_key_and_letters() -> None:
    assert privacy.pseudonym(KEY, "a") != privacy.pseudonym(bytes(32), "a")
    assert privacy.pseudonym(KEY, "abc") != privacy.pseudonym(KEY, "ABC")


@pytest.mark.parametrize("kept", ["anonymous", "c_0123456789abcdef0123"])
def test_what_names_nobody_stays(kept: str) -> None:
    assert privacy.pseudonym(KEY, kept) == kept


def test_people_of_a_query(workspace: Workspace) -> None:
    cursor = workspace.cursor()
    ids = "SELECT * FROM (VALUES ('a'), ('a '), ('B@x.org'), ('b@x.org'), ('anonymous'), (' '), (NULL), ('c''); --'))"
    privacy.pseudonyms(cursor, KEY, ids)
    people = dict(cursor.execute("SELECT raw, customer_id FROM people").fetchall())
    assert people == {
        raw: privacy.pseudonym(KEY, raw) for raw in ("a", "a ", "B@x.org", "b@x.org", "anonymous", "c'); --")
    }
    assert people["a"] == people["a "] and people["B@x.org"] == people["b@x.org"]
    privacy.pseudonyms(cursor, KEY, "SELECT NULL::VARCHAR")
    assert cursor.execute("SELECT count(*) FROM people").fetchone() == (0,)


@pytest.mark.parametrize(("text", "expected"), ADDRESSES + NAMED)
def test_addresses_and_names_are_masked(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("around", ["{}", "Please ring {} today", "({})", "{}, {}.", "电话{}"])
def test_phone_numbers_are_masked(number: str, around: str) -> None:
    got = masked(around.format(number, number))
    assert got is not None and not any(sign.isdigit() for sign in got)
    assert got.count("[phone]") == around.count("{}")


@pytest.mark.parametrize("text", CUED_NUMBERS)
def test_short_and_bare_numbers_are_masked_where_a_word_says_what_they_are(text: str) -> None:
    got = masked(text)
    assert got is not None and got.endswith("[phone]") and not any(sign.isdigit() for sign in got)


@pytest.mark.parametrize("text", HARMLESS)
def test_amounts_dates_sizes_codes_and_plain_words_stay(text: str) -> None:
    assert masked(text) == text


def test_nothing_masked_is_nothing() -> None:
    assert asked(privacy.mask("t"), t=None) is None


@pytest.mark.parametrize(("text", "names", "expected"), OWN_NAMES)
def test_the_authors_own_name_is_masked(text: str | None, names: list[str | None], expected: str | None) -> None:
    columns = {f"n{at}": name for at, name in enumerate(names)}
    assert asked(privacy.mask_names("t", list(columns)), t=text, **columns) == expected


@pytest.mark.parametrize("header", PERSONAL)
def test_header_of_personal_data(header: str) -> None:
    assert privacy.personal(header)


@pytest.mark.parametrize("header", NOT_PERSONAL)
def test_header_of_other_data(header: str) -> None:
    assert not privacy.personal(header)


@pytest.mark.parametrize(
    ("header", "table", "expected"),
    [
        *(("Name", table, expected) for table, expected in [("customers", True), ("reviews", True), ("sales", False)]),
        *(("Author", table, expected) for table, expected in [("reviews", True), ("products", False)]),
        *(("Notes", table, expected) for table, expected in [("sales", True), ("new_items", False)]),
    ],
)
def test_header_that_means_one_thing_here_and_another_there(header: str, table: str, expected: bool) -> None:
    assert privacy.personal(header, table) is expected


def test_privacy_is_on_until_it_is_switched_off(workspace: Workspace) -> None:
    assert privacy.switched_on(workspace.cursor())
    version = workspace.version
    privacy.switch(workspace, False)
    assert not privacy.switched_on(workspace.cursor())
    privacy.switch(workspace, True)
    assert privacy.switched_on(workspace.cursor())
    assert workspace.version == version


def test_rule_stays_while_customers_are_loaded_under_it(workspace: Workspace) -> None:
    with workspace.transaction() as cursor:
        cursor.execute("INSERT INTO customers (customer_id, batch_id, file_row) VALUES ('c', 1, 2), ('d', 1, 3)")
        cursor.execute("INSERT INTO reviews (product_id, customer_id, batch_id, file_row) VALUES ('P', 'c', 2, 2)")
    privacy.switch(workspace, True)  # as it is
    with pytest.raises(DebutError, match="2 imports hold customer ids as keyed hashes"):
        privacy.switch(workspace, False)
    assert privacy.switched_on(workspace.cursor())


def test_rule_may_change_where_nobody_is_named(workspace: Workspace) -> None:
    with workspace.transaction() as cursor:
        cursor.execute("INSERT INTO reviews (product_id, batch_id, file_row) VALUES ('P', 1, 2)")
        cursor.execute(
            "INSERT INTO events (ts, customer_id, product_id, event, batch_id, file_row) "
            "VALUES ('2025-01-01', 'anonymous', 'P', 'view', 2, 2)"
        )
    privacy.switch(workspace, False)
    assert not privacy.switched_on(workspace.cursor())


def test_shop_notices_another_key_while_customers_are_loaded(workspace: Workspace) -> None:
    with workspace.transaction() as cursor:
        secret = privacy.shop_key(cursor, workspace.folder)
        cursor.execute("INSERT INTO customers (customer_id, batch_id, file_row) VALUES ('c', 1, 2)")
    with workspace.transaction() as cursor:
        assert privacy.shop_key(cursor, workspace.folder) == secret
    (workspace.folder / "customer.key").write_bytes(bytes(32))
    with pytest.raises(DebutError, match="is not the key"), workspace.transaction() as cursor:
        privacy.shop_key(cursor, workspace.folder)
    with workspace.transaction() as cursor:
        cursor.execute("DELETE FROM customers")
        assert privacy.shop_key(cursor, workspace.folder) == bytes(32)


def test_database_does_not_hold_the_key(workspace: Workspace) -> None:
    with workspace.transaction() as cursor:
        secret = privacy.shop_key(cursor, workspace.folder)
    workspace.cursor().execute("CHECKPOINT")
    stored = (workspace.folder / "shop.duckdb").read_bytes()
    assert secret not in stored and secret.hex().encode() not in stored
