"""The PDFs before PDFBox Preflight, which knows PDF/A-1b alone: each document's twin, rendered as PDF/A-1a, keeps to it.

What PDF/A-1 and PDF/A-3 both ask (fonts, colours, metadata, structure of the file) is thereby checked by a program that had no
part in writing it. Skips, saying so, where it is absent (Debian: apt-get install libpdfbox2-java libjaxb-api-java).
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from flows.outbox import documents, pdf, xmp
from tests.documents.examples import month_result

JARS = [
    Path("/usr/share/java") / f"{name}.jar"
    for name in ("preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "javax.activation", "jaxb-api")
]
VALIDATOR = "org.apache.pdfbox.preflight.Validator_A1b"
pytestmark = pytest.mark.skipif(not all(jar.is_file() for jar in JARS), reason="PDFBox Preflight is not installed")


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home, as_it_is = tmp_path_factory.mktemp("twins"), pdf._Page.write_pdf
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xmp, "_PACKET", xmp._PACKET.replace("<pdfaid:part>3<", "<pdfaid:part>1<"))
        patch.setattr(pdf._Page, "write_pdf", lambda self, **how: as_it_is(self, **how | {"pdf_variant": "pdf/a-1a"}))
        for document in documents._documents(month_result()):
            if document.name in ("care-plans/p003.pdf", "attestations/dr_a.pdf", "time-log.pdf"):
                (home / document.name.replace("/", "-")).write_bytes(pdf.render(document))
    (home / "modern.pdf").write_bytes(pdf.render(pdf.Document("a", "<html><head><title>a</title></head><body>a</body></html>")))
    return home


def told(path: Path) -> str:
    given = ["java", "-cp", ":".join(map(str, JARS)), VALIDATOR, path.name]
    return subprocess.run(given, capture_output=True, text=True, check=False, timeout=120, cwd=path.parent).stdout


@pytest.mark.parametrize("name", ["care-plans-p003", "attestations-dr_a", "time-log"])
def test_a_documents_twin_is_archival(twins, name):
    assert told(twins / f"{name}.pdf").strip() == f"The file {name}.pdf is a valid PDF/A-1b file"


def test_the_validator_sees_a_file_that_is_not(twins):
    assert "is not a valid PDF/A-1b file" in told(twins / "modern.pdf")
