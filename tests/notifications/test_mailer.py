"""Mails leave by SMTP or as files, with headers that nobody else has written."""

import ssl
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from store.core.errors import Unavailable
from store.core.settings import Settings
from store.notifications import mailer
from store.notifications.errors import MailRefused
from store.notifications.mailer import Folder, Outgoing, Smtp
from store.ops.ports import find_free

MAIL = Outgoing(
    key="receipt:order:17",
    recipient="ana@example.com",
    subject="Your order 17 – größer",
    html="<p>Grüße & Küsse</p>",
    text="Grüße\n",
    locale="de-AT",
    written_at=datetime(2026, 11, 21, 8, 0, tzinfo=UTC),
    sender_name="Loom & Söhne, Wien",
    sender="shop@example.com",
)


@pytest.fixture(autouse=True)
def mailer_state() -> object:
    """Leave the mailer as it was."""
    before = (mailer._transport, mailer._host, mailer._sender)
    yield
    mailer._transport, mailer._host, mailer._sender = before


def test_a_mail_has_every_header_it_needs(by_smtp):
    mailer._host = "shop.test"
    mailer.send(MAIL)
    (mail,) = by_smtp.mails
    assert mail["From"] == '"Loom & Söhne, Wien" <shop@example.com>'
    assert mail["To"] == "ana@example.com"
    assert mail["Subject"] == "Your order 17 – größer"
    assert mail["Message-ID"] == "<receipt.order.17@shop.test>"
    assert mail["Date"] == "Sat, 21 Nov 2026 08:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "de-AT"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().strip() for part in mail.iter_parts()] == ["Grüße", "<p>Grüße & Küsse</p>"]


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Hello\r\nBcc: victim@example.com"},
        {"recipient": "ana@example.com\r\nBcc: victim@example.com"},
        {"recipient": "ana@example.com, victim@example.com"},
        {"recipient": "Ana <ana@example.com>"},
        {"recipient": ""},
        {"sender_name": "Shop\r\nBcc: victim@example.com"},
        {"locale": "de\r\nBcc: victim@example.com"},
    ],
    ids=str,
)
def test_no_value_becomes_a_header_or_a_second_recipient(by_smtp, change):
    with pytest.raises(MailRefused):
        mailer.send(replace(MAIL, **change))
    assert by_smtp.mails == []


def test_without_smtp_a_mail_is_a_file_and_sent_twice_is_there_once(tmp_path):
    mailer.use(Folder(tmp_path / "mail"))
    mailer.send(MAIL)
    mailer.send(MAIL)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == "receipt.order.17.eml"
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["To"] == "ana@example.com"


def test_a_key_cannot_lead_out_of_the_folder(tmp_path):
    mailer.use(Folder(tmp_path / "mail"))
    mailer.send(replace(MAIL, key="../../../etc/cron.d/x"))
    assert [file.parent for file in (tmp_path / "mail").iterdir()] == [tmp_path / "mail"]


def test_a_login_is_made_with_the_url_s_user_and_password(inbox):
    mailer.use(Smtp(f"smtp://ana%40example.com:p%40ss%20word@127.0.0.1:{inbox.port}"))
    mailer.send(MAIL)
    assert inbox.logins == [(b"ana@example.com", b"p@ss word")]
    assert len(inbox.mails) == 1


def test_a_wrong_password_is_our_fault_and_tried_again(inbox):
    mailer.use(Smtp(f"smtp://ana:wrong@127.0.0.1:{inbox.port}"))
    with pytest.raises(Unavailable) as caught:
        mailer.send(MAIL)
    assert not isinstance(caught.value, MailRefused)
    assert "wrong" not in caught.value.message


def test_a_server_that_is_away_is_tried_again():
    mailer.use(Smtp(f"smtp://127.0.0.1:{find_free()}"))
    with pytest.raises(Unavailable):
        mailer.send(MAIL)


def test_a_server_without_the_encryption_we_ask_for_gets_nothing(inbox):
    mailer.use(Smtp(f"{inbox.url}?starttls=1"))
    with pytest.raises(Unavailable):
        mailer.send(MAIL)
    assert inbox.mails == []


def test_a_certificate_nobody_vouches_for_gets_nothing(inbox, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    port = find_free()
    controller = Controller(inbox, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True)
    controller.start()
    try:
        mailer.use(Smtp(f"smtp://localhost:{port}?starttls=1"))
        with pytest.raises(Unavailable):
            mailer.send(MAIL)
    finally:
        controller.stop()
    assert inbox.mails == []


@pytest.mark.parametrize("url", ["mail.example.com:25", "http://mail.example.com", "smtp://"])
def test_an_smtp_url_that_is_none_is_refused_at_start(url):
    with pytest.raises(ValueError, match="SMTP_URL"):
        mailer.configure(Settings(smtp_url=url))
