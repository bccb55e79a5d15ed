"""XLIFF and TMX: sources stay, targets have the same inline elements, each once, around the words that were theirs."""

from __future__ import annotations

import pytest
from document_translators import WordTranslator, translate_with, upper

from seq2seq.documents import Options, find_reader
from seq2seq.errors import DataError

etree = pytest.importorskip("lxml.etree", reason="needs the extra `documents`")

XLIFF_1 = """<?xml version='1.0' encoding='UTF-8' standalone="no"?>
<!-- kept -->
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2" xmlns:x="urn:x">
  <file source-language="en" original="a.txt" datatype="plaintext">
    <body>
      <trans-unit id="1" x:own="1">
        <source>Look <g id="1">here <x id="2"/>now</g>, {name}.</source>
        <note>Not me</note>
      </trans-unit>
      <trans-unit id="2"><source>Press <bpt id="1">&lt;b&gt;</bpt>the key<ept id="1">&lt;/b&gt;</ept> twice.</source>
        <target/></trans-unit>
      <trans-unit id="3"><source>Done</source><target state="final">Fertig</target></trans-unit>
      <group translate="no"><trans-unit id="4"><source>Keep</source></trans-unit>
        <trans-unit id="5" translate="yes"><source>Go by <mrk mtype="protected">Acme Co</mrk></source></trans-unit>
      </group>
      <trans-unit id="6"><source>One. Two &amp; three.</source>
        <seg-source><mrk mtype="seg" mid="1">One.</mrk> <mrk mtype="seg" mid="2">Two &amp; three.</mrk></seg-source>
        <alt-trans><source>no</source><target>nein</target></alt-trans></trans-unit>
      <trans-unit id="7"><source>123</source></trans-unit>
    </body>
  </file>
</xliff>
"""
XLIFF_2 = """<?xml version="1.0"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en">
  <file id="f1">
    <unit id="u1">
      <segment id="s1">
        <source>Look <pc id="1">here <ph id="2"/>now</pc> or <sc id="3"/>there you<ec startRef="3"/> go.</source>
      </segment>
      <ignorable><source> </source></ignorable>
      <segment state="final"><source>Done</source><target>Fertig</target></segment>
    </unit>
    <unit id="u2" translate="no"><segment><source>Keep</source></segment></unit>
  </file>
</xliff>
"""
TMX = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en-US" datatype="html" segtype="sentence" adminlang="en" creationtool="x"
 creationtoolversion="1" o-tmf="x"/>
  <body>
    <tu>
      <tuv xml:lang="en-US">
        <seg>Look <bpt i="1">{b}</bpt>here <ph x="1">@</ph>now<ept i="1">{/b}</ept>, <hi type="x">you</hi>.</seg>
      </tuv>
    </tu>
    <tu><tuv xml:lang="EN"><seg>Done</seg></tuv><tuv xml:lang="de-AT"><seg>Fertig</seg></tuv></tu>
    <tu><tuv xml:lang="fr"><seg>Fini</seg></tuv></tu>
  </body>
</tmx>
"""
SAMPLES = {"a.xlf": XLIFF_1, "a.xliff": XLIFF_2, "a.tmx": TMX}
REVERSE = WordTranslator(upper, lambda count: range(count - 1, -1, -1))


def read(name: str, text: str, **options):
    return find_reader(name)(text.encode(), name, Options("en", "de", **options))


def canonical(text: str | bytes) -> bytes:
    root = etree.fromstring(text.encode() if isinstance(text, str) else text)
    return etree.tostring(root.getroottree(), method="c14n", with_comments=True)


def insides(text: str, path: str) -> list[str]:
    """The content of all elements of that path, without namespace declarations."""
    found = []
    for element in etree.fromstring(text.encode()).iterfind(path):
        raw = etree.tostring(element, encoding="unicode", with_tail=False)
        raw = raw[raw.index(">") + 1 : raw.rindex("<")] if "</" in raw else ""
        found.append(raw.replace(' xmlns:x="urn:x"', ""))
    return [" ".join(raw.split(" ")) for raw in found]


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_not_translated_is_the_same(name):
    written = read(name, SAMPLES[name]).write().decode()
    assert canonical(written) == canonical(SAMPLES[name])
    assert written.splitlines()[:2] == SAMPLES[name].splitlines()[:2]
    assert written.endswith(">\n")


@pytest.mark.parametrize("name", SAMPLES)
def test_every_segment_is_translated_or_told(name):
    for translator in (WordTranslator(), REVERSE, WordTranslator(str.upper)):
        document = read(name, SAMPLES[name])
        before = len(document.kept)
        translate_with(document, translator)
        done = sum(segment.translation is not None for segment in document.segments)
        assert done + len(document.all_kept()) == before + len(document.segments)


def without_namespace(text: str) -> str:
    return text.replace(' xmlns="urn:oasis:names:tc:xliff:document:1.2"', "").replace(
        ' xmlns="urn:oasis:names:tc:xliff:document:2.0"', ""
    )


@pytest.mark.parametrize("name", ["a.xlf", "a.xliff"])
def test_the_identity_gives_targets_that_are_the_sources(name):
    sample = without_namespace(SAMPLES[name])
    written = translate_with(read(name, sample), WordTranslator())
    root = etree.fromstring(written.encode())
    compared = 0
    for target in root.iter("target"):
        if target.text in ("Fertig", "nein"):
            continue
        assert insides(written, ".//source").count(
            insides(etree.tostring(target.getparent(), encoding="unicode"), "./target")[0]
        )
        compared += 1
    assert compared == {"a.xlf": 4, "a.xliff": 1}[name]


def test_xliff_1():
    document = read("a.xlf", XLIFF_1)
    text = without_namespace(translate_with(document, REVERSE))
    assert insides(text, ".//source") == insides(without_namespace(XLIFF_1), ".//source")
    targets = insides(text, ".//target")
    assert targets[0] == '{name}. <g id="1"><x id="2"/>NOW, HERE</g> LOOK'
    assert targets[1] == 'TWICE. <bpt id="1">&lt;b&gt;</bpt>KEY THE<ept id="1">&lt;/b&gt;</ept> PRESS'
    assert insides(text, ".//trans-unit[@id='6']/target") == ["ONE. THREE. &amp; TWO"]
    root = etree.fromstring(text.encode())
    assert root.find("file").get("target-language") == "de"
    made = root.find(".//trans-unit[@id='6']/target")
    assert (made.get("state"), made.get("state-qualifier")) == ("needs-review-translation", "leveraged-mt")
    assert [child.tag for child in made.getparent()] == ["source", "seg-source", "target", "alt-trans"]
    assert root.find(".//trans-unit[@id='4']/target") is None
    assert {(kept.reason, kept.text) for kept in document.all_kept()} >= {
        ("already translated", "Done"),
        ("marked as not to be translated", "Keep"),
        ("no words to translate", "123"),
    }


def test_tags_follow_their_words_in_xliff():
    text = '<xliff version="1.2"><file><body><trans-unit><source>{}</source></trans-unit></body></file></xliff>'
    for source, target in (
        (
            'Press <bpt id="1">b</bpt>the key<ept id="1">/b</ept> twice',
            'TWICE <bpt id="1">b</bpt>KEY THE<ept id="1">/b</ept> PRESS',
        ),
        ('a <g id="1">b <x id="2"/>c</g> d', 'D <g id="1"><x id="2"/>C B</g> A'),
        ('<g id="1">all <g id="2">b</g></g>', '<g id="1"><g id="2">B</g> ALL</g>'),
    ):
        written = translate_with(read("a.xlf", text.format(source)), REVERSE)
        assert insides(written, ".//target") == [target]


def test_xliff_2():
    document = read("a.xliff", XLIFF_2)
    text = without_namespace(translate_with(document, WordTranslator(upper)))
    assert insides(text, ".//segment[@id='s1']/target") == [
        'LOOK <pc id="1">HERE <ph id="2"/>NOW</pc> OR <sc id="3"/>THERE YOU<ec startRef="3"/> GO.'
    ]
    root = etree.fromstring(text.encode())
    assert root.get("trgLang") == "de"
    assert root.find(".//segment[@id='s1']").get("state") == "translated"
    assert len(list(root.iter("target"))) == 2
    assert sorted(kept.reason for kept in document.all_kept()) == [
        "already translated",
        "marked as not to be translated",
    ]


def test_tmx():
    document = read("a.tmx", TMX)
    text = translate_with(document, WordTranslator(upper))
    root = etree.fromstring(text.encode())
    (unit, *_) = root.iter("tu")
    assert [variant.get("{http://www.w3.org/XML/1998/namespace}lang") for variant in unit] == ["en-US", "de"]
    assert insides(etree.tostring(unit, encoding="unicode"), "./tuv/seg")[1] == (
        'LOOK <bpt i="1">{b}</bpt>HERE <ph x="1">@</ph>NOW<ept i="1">{/b}</ept>, <hi type="x">YOU</hi>.'
    )
    assert '      <tuv xml:lang="de">\n        <seg>' in text
    assert '<!DOCTYPE tmx SYSTEM "tmx14.dtd">' in text
    assert sorted(kept.reason for kept in document.all_kept()) == [
        "already translated",
        "no text in the source language",
    ]
    again = translate_with(read("a.tmx", TMX, retranslate=True), WordTranslator(upper))
    assert '<tuv xml:lang="de-AT"><seg>DONE</seg></tuv>' in again


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings_stay(encoding):
    text = XLIFF_1.replace("UTF-8", "UTF-8" if encoding == "utf-8-sig" else encoding).replace("Look", "Löök")
    document = find_reader("a.xlf")(text.encode(encoding), "a.xlf", Options("en", "de"))
    assert canonical(document.write()) == canonical(text.encode(encoding))


def test_other_line_ends_stay():
    text = XLIFF_1.replace("\n", "\r\n")
    written = read("a.xlf", text).write()
    assert written.count(b"\r\n") == written.count(b"\n") == text.count("\r\n")


def test_what_is_no_xliff_or_tmx(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for name, text, message in (
        ("a.xlf", "<xliff", "not well-formed XML"),
        ("a.xlf", "<html/>", "no XLIFF of a known version — given <html>"),
        ("a.xlf", '<xliff version="3.0"/>', "version '3.0'"),
        ("a.tmx", "<html/>", "no translation memory — given <html>"),
    ):
        with pytest.raises(DataError, match=message):
            read(name, text)
    text = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret}">]>\n' + XLIFF_2[22:].replace("Look", "Look &e;")
    assert b">secret" not in read("a.xliff", text).write()
