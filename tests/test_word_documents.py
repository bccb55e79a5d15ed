"""Documents of word processors: letters keep their formatting, paragraphs their parts, the package its other files."""

from __future__ import annotations

import io
import zipfile

import pytest
from document_translators import WordTranslator, upper

from seq2seq.documents import Options, find_reader, translate_segments
from seq2seq.errors import DataError

etree = pytest.importorskip("lxml.etree", reason="needs the extra `documents`")

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def run(text: str, properties: str = "", *, before: str = "", after: str = "") -> str:
    formatted = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r w:rsidR="2">{formatted}{before}<w:t xml:space="preserve">{text}</w:t>{after}</w:r>'


LINK = f'<w:bookmarkStart w:id="0" w:name="x"/><w:hyperlink r:id="rId4">{run("a link", "<w:i/>")}</w:hyperlink>'
BODY = "\n".join(
    (
        f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>{run("A ")}{run("big", "<w:b/>")}{run(" title")}</w:p>',
        f'<w:p w:rsidR="1">{run("Spl")}<w:proofErr w:type="spellStart"/>{run("it word ", "<w:lang/>")}',
        f'{LINK}<w:bookmarkEnd w:id="0"/>{run(", then.")}</w:p>',
        f"<w:tbl><w:tr><w:tc><w:p>{run('Name:', after='<w:tab/>')}",
        f"{run('{name} here')}{run('Third line', before='<w:br/>')}</w:p></w:tc></w:tr></w:tbl>",
        f'<w:p>{run("A note")}<w:r><w:footnoteReference w:id="2"/></w:r>{run(" stands")}</w:p>',
        f'<w:p>{run("Page ")}<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText></w:r></w:p>',
        f'<w:p><w:ins w:id="1">{run("New")}</w:ins></w:p>',
        f"<w:p>{run('12')}</w:p><w:p/>",
        "<w:sectPr/>",
    )
)


def package(body: str = BODY) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        made.writestr(
            "word/document.xml", f'{head}<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{body}</w:body></w:document>'
        )
        made.writestr("word/header1.xml", f'{head}<w:hdr xmlns:w="{W}"><w:p><w:r><w:t>On top</w:t></w:r></w:p></w:hdr>')
        made.writestr("word/media/a.png", bytes(range(256)))
    return written.getvalue()


def translated(data: bytes, translator: WordTranslator):
    document = find_reader("a.docx")(data, "a.docx", Options("en", "de"))
    translate_segments(document.segments, lambda texts, attention: translator.translate(texts, attention=attention))
    return document, document.write()


def tree(data: bytes, name: str = "word/document.xml"):
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return etree.fromstring(opened.read(name))


def paragraphs(data: bytes) -> list[list[tuple[str, ...]]]:
    """Of each paragraph the letters with their formatting and their link, and what else stands in it, in order."""
    found = []
    for paragraph in tree(data).iter(f"{{{W}}}p"):
        letters: list[tuple[str, ...]] = []
        for element in paragraph.iter():
            name = etree.QName(element).localname
            inside = [etree.QName(above).localname for above in element.iterancestors()]
            link = next((above.get(f"{{{R}}}id") for above in element.iterancestors(f"{{{W}}}hyperlink")), "")
            if name == "t":
                properties = element.getparent().find(f"{{{W}}}rPr")
                kinds = [] if properties is None else [etree.QName(child).localname for child in properties]
                form = ",".join(kind for kind in kinds if kind != "lang")
                letters += [(letter, form, link) for letter in element.text or ""]
            elif name not in ("p", "r", "rPr", "proofErr") and "rPr" not in inside and "pPr" not in inside:
                letters.append((name,))
        found.append(letters)
    return found


def texts(data: bytes) -> list[str]:
    return ["".join(t.text or "" for t in paragraph.iter(f"{{{W}}}t")) for paragraph in tree(data).iter(f"{{{W}}}p")]


def test_the_identity_keeps_every_letter_in_its_formatting():
    _, written = translated(package(), WordTranslator())
    assert paragraphs(written) == paragraphs(package())
    assert tree(written).find(f".//{{{W}}}pStyle").get(f"{{{W}}}val") == "Heading1"


def test_the_rest_of_the_package_is_the_same():
    _, written = translated(package(), WordTranslator(upper))
    with zipfile.ZipFile(io.BytesIO(package())) as before, zipfile.ZipFile(io.BytesIO(written)) as after:
        assert after.namelist() == before.namelist()
        for name in ("[Content_Types].xml", "word/media/a.png"):
            assert after.read(name) == before.read(name)
        assert after.read("word/document.xml").startswith(b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n')
    assert tree(written, "word/header1.xml").findtext(f".//{{{W}}}t") == "ON TOP"


def test_formatting_follows_its_words():
    document, written = translated(package(), WordTranslator(upper, lambda count: range(count - 1, -1, -1)))
    title, split, table, note, *_ = paragraphs(written)
    assert texts(written)[0] == "TITLE BIG A"
    assert [letter for letter, *form in title if form == ["b", ""]] == list("BIG")
    assert "".join(letter[0] for letter in split if letter[2:] == ("rId4",)) == "LINK, A"
    assert texts(written)[2] == "NAME:HERE {name}LINE THIRD"
    assert [mark for mark, *form in table if not form] == ["tab", "br"]
    assert [mark for mark, *form in note if not form] == ["footnoteReference"]
    assert texts(written)[4:] == ["Page ", "New", "12", ""]
    assert [(kept.place, kept.reason) for kept in document.all_kept()] == [
        ("paragraph 5", "a field, a tracked change or a control is in the paragraph"),
        ("paragraph 6", "a field, a tracked change or a control is in the paragraph"),
        ("paragraph 7", "no words to translate"),
    ]


def test_nothing_is_changed_where_nothing_is_translated():
    data = package()
    document = find_reader("a.docx")(data, "a.docx", Options("en", "de"))
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(io.BytesIO(document.write())) as after:
        for name in before.namelist():
            assert after.read(name) == before.read(name)


def test_a_paragraph_is_translated_as_a_whole_or_not_at_all():
    data = package("<w:p><w:r><w:t>One</w:t><w:tab/><w:t>Two {x}</w:t></w:r></w:p>")
    document, written = translated(data, WordTranslator(str.upper))
    assert texts(written) == ["OneTwo {x}"]
    assert sorted(kept.reason for kept in document.all_kept()) == [
        "a placeholder would be lost",
        "another part of the same unit could not be translated",
    ]


def test_paragraphs_in_text_boxes_are_translated_too():
    box = "<w:drawing><w:txbxContent><w:p><w:r><w:t>Inner text</w:t></w:r></w:p></w:txbxContent></w:drawing>"
    _, written = translated(
        package(f"<w:p><w:r><w:t>Outer </w:t>{box}<w:t>text</w:t></w:r></w:p>"), WordTranslator(upper)
    )
    assert texts(written) == ["OUTER INNER TEXTTEXT", "INNER TEXT"]


def test_what_is_no_docx():
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    for data, message in ((b"text", "given File is not a zip"), (empty.getvalue(), "without word/document")):
        with pytest.raises(DataError, match=message):
            find_reader("a.docx")(data, "a.docx", Options("en", "de"))
