"""People kept out of the shop: keyed hashes for customer ids, masks over personal data in sentences.

The key lies beside the database and never in it, so that a copied database names nobody. What is masked errs
towards masking in sentences that people wrote; titles, codes and amounts are not put through it.
"""

import hmac
import json
import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pandas as pd

from core.errors import DebutError
from core.schema import literal
from core.tables import ANONYMOUS, TABLES
from core.workspace import Workspace

__all__ = ["key", "mask", "mask_names", "personal", "pseudonym", "pseudonyms", "shop_key", "switch", "switched_on"]

Cursor = duckdb.DuckDBPyConnection
KEY_FILE = "customer.key"
KEY_BYTES = 32
HASHED = re.compile(r"c_[0-9a-f]{20}")
RULE, PRINT = "privacy", "customer_key"  # names of settings


def key(folder: Path) -> bytes:
    """The 32 secret bytes of the workspace in `folder`, made on first need, mode 600.

    A key that others can read is closed to them, as copies and backups widen the mode.
    Raises DebutError where it cannot be read, made or closed, or is damaged.
    """
    path = folder / KEY_FILE
    try:
        if not path.exists():
            _make(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
        secret, mode = path.read_bytes(), stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise DebutError(f"The key of the customer ids, {path}, cannot be read or made ({error.strerror}).") from error
    if mode & 0o077:
        raise DebutError(
            f"Others can read the key of the customer ids, {path}, and this disk does not let that be changed. "
            "Set DEBUT_HOME to a folder on a disk with file permissions."
        )
    if len(secret) != KEY_BYTES:
        raise DebutError(
            f"The key of the customer ids, {path}, is damaged: {len(secret)} bytes instead of {KEY_BYTES}. "
            "Put the copy from your backup in its place. Without one, undo the imports with customers, remove it, "
            "and load their files anew."
        )
    return secret


def shop_key(cursor: Cursor, folder: Path) -> bytes:
    """The key of a shop for an import, inside the caller's transaction, which notes the key's print on first use.

    Raises DebutError as `key` does, and where customers are loaded that were hashed with another key.
    """
    secret = key(folder)
    print_ = hmac.digest(secret, b"print of the key", "sha256").hex()[:16]
    known = _setting(cursor, PRINT)
    if known not in (None, print_) and _loaded(cursor):
        raise DebutError(
            f"{folder / KEY_FILE} is not the key that the loaded customers were hashed with, so that the same customer "
            "would look like two. Put the copy from your backup in its place, or undo the imports with customers."
        )
    if known != print_:
        _put(cursor, PRINT, print_)
    return secret


def pseudonym(key: bytes, customer_id: str) -> str:
    """`c_` and 20 hexadecimal digits of HMAC-SHA256 over the id, trimmed, e-mail addresses in lower case.

    `anonymous` stays, as does what is a hash already: labels that were taken out of Debut load back.
    """
    plain = customer_id.strip()
    if plain == ANONYMOUS or HASHED.fullmatch(plain):
        return plain
    if "@" in plain:
        plain = plain.lower()
    return f"c_{hmac.digest(key, plain.encode(), 'sha256').hex()[:20]}"


def pseudonyms(cursor: Cursor, key: bytes, query: str) -> None:
    """Make the temp table `people` (raw, customer_id): each id that the one column of `query` holds, and its hash.

    Ids of blanks alone are left out. 200,000 ids take half a second.
    """
    found = cursor.execute(f"SELECT DISTINCT raw FROM ({query}) AS ids(raw) WHERE raw IS NOT NULL").fetchall()
    raw = [row[0] for row in found if row[0].strip()]
    people = pd.DataFrame({"raw": raw, "customer_id": [pseudonym(key, one) for one in raw]}, dtype="str")
    cursor.register("people_found", people)
    cursor.execute("CREATE OR REPLACE TEMP TABLE people AS SELECT * FROM people_found")
    cursor.unregister("people_found")


def switched_on(cursor: Cursor) -> bool:
    """Whether imports hash customer ids and mask sentences; they do unless the shop has switched it off."""
    return _setting(cursor, RULE) is not False


def switch(workspace: Workspace, on: bool) -> None:
    """Set the rule for imports to come. Raises DebutError where customers were loaded under the other one."""
    with workspace.transaction(data=False) as cursor:
        if switched_on(cursor) == on:
            return
        if found := _loaded(cursor):
            what = "1 import holds" if found == 1 else f"{found} imports hold"
            now = "as they stood in the file" if on else "as keyed hashes"
            raise DebutError(
                f"{what} customer ids {now}; the same customer would look like two. Undo such imports first, "
                "switch, and load their files anew.",
                title="The rule for customer ids stays",
            )
        _put(cursor, RULE, on)


def _make(path: Path) -> None:
    """Written aside and linked into place: whoever comes second keeps the first key, and a kill leaves none."""
    part = path.with_name(f".{KEY_FILE}.{secrets.token_hex(8)}")
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)
    except FileExistsError:
        return
    finally:
        part.unlink()


def _loaded(cursor: Cursor) -> int:
    """How many imports hold customers."""
    held = " UNION ALL ".join(
        f'SELECT DISTINCT batch_id FROM {table.name} WHERE "{column.name}" <> ?'
        for table in TABLES.values()
        for column in table
        if column.person
    )
    row = cursor.execute(f"SELECT count(DISTINCT batch_id) FROM ({held})", [ANONYMOUS] * held.count("?")).fetchone()
    assert row is not None
    return int(row[0])


def _setting(cursor: Cursor, name: str) -> object:
    row = cursor.execute("SELECT value FROM settings WHERE name = ?", [name]).fetchone()
    return json.loads(row[0]) if row else None


def _put(cursor: Cursor, name: str, value: object) -> None:
    cursor.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [name, json.dumps(value)])


# -- sentences. RE2 has no lookaround, so what stands before is captured and put back.

LETTER = r"\p{Latin}\p{Cyrillic}\p{Greek}\p{N}"
EMAIL = rf"[{LETTER}._%+'-]+@[{LETTER}-]+(?:\.[{LETTER}-]+)*\.[\p{{Latin}}\p{{Cyrillic}}\p{{Greek}}]{{2,}}"
RUN = r"\d(?:[\s./()-]{0,2}\d){6,14}"
PHONE_CUE = (
    r"(?i:\b(?:tel|telefon|telephone|téléphone|teléfono|fax|whats ?app|call(?: (?:me|us))?(?: (?:at|on))?"
    r"|(?:phone|mobile|cell|handy|contact)(?:\s?[:#]| (?:number|no|nr|is|at|on)\b)+)|电话|手机|联系方式|微信)"
    r"[\s.:：#号码是为]{0,4}"
)
PHONES = (
    r"\+[1-9]\d{0,2}(?:[\s./-]{0,2}\(0?\d{0,4}\))?(?:[\s./-]{0,2}\d){6,12}",  # +49 (0)171 1234567
    r"00[1-9]\d{0,2}[\s./-](?:\(0?\d{0,4}\))?(?:[\s./-]{0,2}\d){6,12}",  # 0049 171 ...; an EAN has no separators
    r"\(?0\d{2,4}\)?[\s./-]{1,3}\d(?:[\s./-]?\d){4,8}",  # 0171/1234567, (020) 7946 0958
    r"\(?0\d\)?[ -]\d{4}[ -]?\d{4}",  # 02 9374 4000
    r"0[1-9](?:(?: \d\d){4}|(?:\.\d\d){4}|(?:-\d\d){4})",  # 06.12.34.56.78; a date has fewer pairs
    r"0[1-9]\d{7,9}",  # 07911123456; an EAN or UPC is longer
    r"(?:1[\s.-])?(?:\([2-9]\d\d\)\s?|[2-9]\d\d[\s.-])\d{3}[\s.-]\d{4}",  # (555) 123-4567
    r"(?:86[\s-]?)?1[3-9]\d(?:[\s-]\d{4}[\s-]|\d{4})\d{4}",  # 13812345678
)
NAME = r"\p{Lu}(?:[\p{L}'’-]+|\.)(?:[ \t]+\p{Lu}(?:[\p{L}'’-]+|\.|\b)){0,2}"
INTRODUCED = (
    r"(?i:\bmy name(?:['’]s| is)|mein name ist|ich heiße|je m['’]appelle|me llamo|mi nombre es|mi chiamo|mijn naam is)"
)
REGARDS = r"(?i:\b(?:regards|sincerely(?: yours)?|yours (?:truly|faithfully)|cordialement|saludos|atentamente))"
WISHES = r"(?i:\b(?:best|warm) wishes|freundlichen grüßen|(?:viele|liebe|beste) grüße|vriendelijke groet(?:en)?)"
DEAR = r"(?i:\bdear|\bestimad[oa])"
TITLED = r"\b(?:Mr|MR|Mrs|MRS|Ms|Dr|Prof|Herrn?|Frau|Mme|Monsieur|Madame|Señora?|Signora?)\b\.?"
SURNAME = (
    "[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文欧司上诸]"
)
BEFORE = r"(^|[^\p{Han}]|客服|[谢给找是叫和跟向请位的由让问])"  # 女士 also says who a bag is for: 白色女士包
MASKS: tuple[tuple[str, str], ...] = (
    (EMAIL, "[e-mail]"),
    (rf"({PHONE_CUE})\+?\(?{RUN}\b", r"\1[phone]"),
    (rf"(^|[^\w+.#/=-])(?:{'|'.join(PHONES)})\b", r"\1[phone]"),
    (rf"({INTRODUCED}\s+){NAME}", r"\1[name]"),
    (rf"({REGARDS}[\s,!:;.–—-]+){NAME}", r"\1[name]"),
    (rf"({REGARDS}\s*[,!:;–—\n-]\s*)\p{{L}}[\p{{L}}'’-]+(?: \p{{L}}[\p{{L}}'’-]*)?[.!]?\s*$", r"\1[name]"),
    (rf"({WISHES}(?:[ \t]*[,!:;–—-]+\s*|[ \t]*\n\s*)){NAME}", r"\1[name]"),
    (rf"({DEAR}\s+(?:{TITLED}\s+)?){NAME}", r"\1[name]"),
    (rf"({TITLED}\s+){NAME}", r"\1[name]"),
    (rf"((?:^|\n|[.!?]\s+)(?:--?|—|–|~)\s?){NAME}\s*$", r"\1[name]"),
    (rf"{SURNAME}\p{{Han}}{{0,2}}先生", "[name]先生"),
    (rf"{BEFORE}{SURNAME}女士", r"\1[name]女士"),
    (rf"{BEFORE}{SURNAME}\p{{Han}}{{1,2}}女士($|[^\p{{Han}}]|收)", r"\1[name]女士\2"),
    (rf"(我叫|姓名[:：是]\s*|名字[叫是]){SURNAME}\p{{Han}}{{1,2}}", r"\1[name]"),
)
CUES = rf"{INTRODUCED}|{REGARDS}|{WISHES}|{DEAR}|{TITLED}|[-—–~]\s?{NAME}\s*$|先生|女士|我叫|姓名|名字"
WORTH_A_LOOK = rf"@|{RUN}|{CUES}"  # most texts hold none of it, and one look is cheaper than fourteen
NO_NAMES = (
    *("amazon", "anonymous", "buyer", "client", "customer", "guest", "happy", "kindle", "love", "mum", "mom"),
    *("none", "null", "reader", "shopper", "the", "user", "verified", "very"),
)
"""Words of names under which people review without giving theirs."""


def mask(expression: str) -> str:
    """SQL of a text in which e-mail addresses, phone numbers and names after a cue are masked."""
    masked = expression
    for pattern, words in MASKS:
        masked = f"regexp_replace({masked}, {literal(pattern)}, {literal(words)}, 'g')"
    return f"CASE WHEN regexp_matches({expression}, {literal(WORTH_A_LOOK)}) THEN {masked} ELSE {expression} END"


def mask_names(expression: str, names: Sequence[str]) -> str:
    """SQL of a text in which the names of its own author are masked.

    names: SQL of the row's name columns: first, last, full or displayed. Parts of a name are masked where the text
    writes them with a capital, so that of a review by Rose the rose stays.
    """
    stop = ", ".join(literal(word) for word in NO_NAMES)
    whole = f"list_filter([{', '.join(f'trim({name})' for name in names)}], lambda n: n IS NOT NULL)"
    parts = f"list_concat({whole}, flatten(list_transform({whole}, lambda n: string_split_regex(n, '[\\s,]+'))))"
    told = (
        f"list_distinct(list_filter({parts}, lambda p: (len(p) > 2 OR regexp_full_match(p, '\\p{{Han}}{{2,}}'))"
        f" AND lower(p) NOT IN ({stop})))"
    )
    inside = f"list_filter({told}, lambda p: contains(lower({expression}), lower(p)))"
    forms = (
        "list_transform(found, lambda p: CASE WHEN contains(p, ' ') THEN '(?i:' || regexp_escape(p) || ')' "
        "ELSE regexp_escape(upper(p[1]) || p[2:]) || '|' || regexp_escape(upper(p)) "
        "|| '|' || regexp_escape(upper(p[1]) || lower(p[2:])) END)"
    )
    edge = r"[^\p{Latin}\p{Cyrillic}\p{Greek}\p{N}]"  # a Chinese name stands between other signs
    pattern = f"'(^|{edge})(?:' || array_to_string({forms}, '|') || ')($|{edge})'"
    replaced = f"regexp_replace({expression}, {pattern}, '\\1[name]\\2', 'g')"
    step = f"lambda found: CASE WHEN len(found) > 0 THEN {replaced} ELSE {expression} END"
    return f"list_transform([{inside}], {step})[1]"


# -- headers, in lower case with one blank between words

WHO = (
    "author|bill|billing|buyer|cardholder|client|consignee|contact|customer|deliver|delivery|display|employee|family|"
    "first|full|given|guest|kunden|last|login|member|middle|nick|owner|payer|post to|purchaser|receiver|recipient|"
    "reviewer|ship|shipping|sender|staff|subscriber|user|visitor"
)
CONTACT = (
    "e mail|mail|emails?|e mail adresse|courriel|correo|correo electr[oó]nico|phone|telephone|tel[eé]fono|téléphone|"
    "telefone?|telefoonnummer|telefonnummer|handynummer|rufnummer|whatsapp|телефон|telefon"
)
ADDRESS = (
    "address|addresses|adresse|adres|anschrift|rechnungsadresse|lieferadresse|strasse|straße|straat|direcci[oó]n|"
    "calle|indirizzo|endereço|адрес|zip code|zipcode|postcode|post code|postal|plz|postleitzahl|c[oó]d(?:e|igo) postal|"
    "kod pocztowy|hausnummer|hausnr"
)
IDENTITY = (
    "vorname|nachname|kundenname|empfänger|pr[eé]nom|apellidos?|cognome|sobrenome|voornaam|achternaam|nazwisko|imię|"
    "фамилия|имя|firstname|lastname|fullname|surname|username|nickname|screenname|birthday|birthdate|date of birth|dob|"
    "geburtsdatum|passport|iban|pan suffix|gift message"
)
BARE = "mobile|cell|fax|tel|handy|ip|ip address|zip|street|rue|cep|cpf"  # other things too where other words stand by
ALONE = "buyer|consignee|customer|cardholder|employee|recipient|receiver|reviewer|ship to|bill to|user|client|author"
TAIL = r"(?: (?:number|no|nr|code|prefix|line|field|information|info|account|\d+))*"
ALWAYS = re.compile(
    rf"(?:.* )?(?:{CONTACT}|{ADDRESS}|{IDENTITY}){TAIL}"
    rf"|(?:(?:{WHO}|default address|browser|home|work)(?: to)? )?(?:{BARE}){TAIL}"
    rf"|(?:.* )?(?:{WHO})(?: to)? names?"
    rf"|(?:{WHO}|default address)(?: to)? (?:company|notes?|message|comments?)"
    "|(?:nombre|nom|nome|name|naam) (?:del |de |du |des |do |van )?(?:cliente?|kunden|comprador|destinatario|klant)"
    "|(?:customer|client|buyer|user|visitor|member|reviewer|loyalty)(?: reference)? ?(?:id|no|number|account)"
    rf"|(?:user )?session(?: id)?|kundennummer|{ALONE}"
)
NOT_OF_ITEMS = re.compile(r"author(?: name)?|(?:.* )?notes?|note attributes|comments?|remarks?|备注|订单备注|商家备注")
"""Of orders and reviews these hold what people wrote; of items, who wrote the book and how the tea tastes."""
GIVEN = re.compile("name|nom|nombre|nome|naam|名字")
NOT_A_PERSON = re.compile(
    r"accepts|marketing|consent|subscri(?:bed|ption)|opt (?:in|out)|verified|image|picture|photo|web|url|seller|vendor"
    r"|supplier|competitor|advertiser|provider|是否|等级"
)
HAN = re.compile(
    "姓名|收货人|收件人|联系人|(?:买家|客户|用户|会员)(?:会员名|昵称|留言|名|id)|会员名|昵称|邮箱|邮编|邮政编码|支付宝|身份证"
    "|旺旺|微信号|^微信$|^qq号?$|发票抬头|生日|出生|(?:账号|帐号)$|手机(?:号|号码)?$|电话(?:号码?)?$"
    "|氏名|お名前|電話|住所|郵便番号|メール|(?<!图片)(?<!图)(?<!链接)(?<!发货)(?<!商品)(?<!店铺)(?<!页面)地址"
)


def personal(header: str, table: str = "") -> bool:
    """Whether a header of an export names personal data: names, contacts, addresses, accounts, what buyers wrote.

    table: what the file holds, where it is known, as `Name` is a person's among customers and an item's among
    products. Countries, provinces and cities are not counted: they are the region.
    """
    words = _words(header)
    if not words or NOT_A_PERSON.search(words):
        return False
    if NOT_OF_ITEMS.fullmatch(words):
        return table not in ("products", "new_items")
    if GIVEN.fullmatch(words):
        return table in ("customers", "reviews")
    return bool(ALWAYS.fullmatch(words) or HAN.search(words.replace(" ", "")))


def _words(header: str) -> str:
    """`billing_address_1`, `Billing Address1` and `billingAddress1` are all `billing address 1`."""
    text = unicodedata.normalize("NFKC", header).strip()
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()
    text = re.sub(r"(?<=[a-zß])(?=\d)", " ", text)
    return re.sub(r"[\W_]+", " ", text).strip()
