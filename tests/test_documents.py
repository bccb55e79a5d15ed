"""Documents in, documents out: the identity gives the same bytes, and all but the text is as it was."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest
from document_translators import WordTranslator, translate_with, upper

from seq2seq.documents import Options, find_reader, is_document
from seq2seq.errors import DataError
from seq2seq.workflows.translate_document import check_kind, check_lines, translate_document

PO = (
    pytest.importorskip("polib")
    and r"""# A header.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=n != 1;\n"

#. for the start
#: a.c:3
#, c-format
msgid "Hello %s, <b>you</b>!\n"
msgstr ""

msgid "done already"
msgstr "schon fertig"

#, python-format
msgid "%(n)d file"
msgid_plural ""
"%(n)d files of\n"
" many\n"
msgstr[0] ""
msgstr[1] ""

msgctxt "menu"
msgid "%s: %d"
msgstr ""

#~ msgid "old"
#~ msgstr "alt"
"""
)
SRT = """1
00:00:01,000 --> 00:00:02,500
{\\an8}Hello <i>there</i>, how
are you today?

4
00:00:03,000 --> 00:00:04,000
- Fine. Thanks.
- <i>Good!</i>

5
00:00:05,000 --> 00:00:06,000
♪ ♪

"""
HTML = """<!DOCTYPE html>
<html lang="en"><head><title>A page &amp; more</title><style>p { color: red }</style>
<script>var a = "<p>no</p>";</script></head>
<body class='x'  id=y>
  <h1>Look <i>here</i>.</h1>
  <p>Click <b>here, please,</b> to run <code>make &lt;all&gt;</code>
     and <a href="https://x.org/?a=1&amp;b=2">read <em>all</em> of it</a>. Then &lt;stop&gt;.&nbsp;Now!<br>
     A picture <img src="a.png"> of a dog.<!-- no -->
  <ul><li>One<li>Two <b>bold </b>three</ul>
  <P translate="no">Not me</P> <p>By <span class="notranslate">Acme &amp; Co</span> alone, {name}.</p>
  <td>12</td><a href="#"><div>Block in link</div></a> <b>never <p>closed</b></p>
  <pre>  no  </pre><a id="x"></a>
</body></html>
"""
MARKDOWN = """---
title: Not me
---
# A *big* title #

Setext heading
of two lines
==============

A paragraph with **bold text**, `code here`, a [link to *it*](https://x.org/a_(b) "Title") and
an ![image](a.png) picture. Then a [word][reference], <https://auto.org> and <b>html</b>.  
Hard break here &mdash; no.[^1]

> A quote of
> two lines. *Yes.*

1. First item
   goes on
2. Second {name} item
   - [ ] a task
   - [x] done **task**

| Name | What *it* is |
|------|:------------:|
| a b  | c `d` e      |

```python
code = 1
```

<div>
html block
</div>

    indented code

[reference]: https://ref.org

[^1]: A note.
""".replace("&mdash;", "—")
SAMPLES = {"a.po": PO, "a.srt": SRT, "a.html": HTML, "a.md": MARKDOWN}


def read(name: str, text: str, **options):
    return find_reader(name)(text.encode(), name, Options("en", "de", **options))


# --- all formats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_not_translated_is_the_same_bytes(name):
    assert read(name, SAMPLES[name]).write().decode() == SAMPLES[name]


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "a.po"])
def test_the_identity_is_the_same_document(name):
    assert translate_with(read(name, SAMPLES[name]), WordTranslator()) == SAMPLES[name]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_segment_is_translated_or_told(name):
    for translator in (
        WordTranslator(),
        WordTranslator(upper),
        WordTranslator(str.upper, lambda n: range(n - 1, -1, -1)),
    ):
        document = read(name, SAMPLES[name])
        before = len(document.kept)
        translate_with(document, translator)
        done = sum(segment.translation is not None for segment in document.segments)
        assert done + len(document.all_kept()) == before + len(document.segments)
        assert all(kept.place and kept.reason and kept.text for kept in document.all_kept())


@pytest.mark.parametrize("name", SAMPLES)
def test_a_document_that_is_not_utf8_is_an_error(name):
    with pytest.raises(DataError, match=r"line 2: not UTF-8 text — given byte 0xff"):
        find_reader(name)(b"\n\xff", name, Options("en", "de"))


# --- .po --------------------------------------------------------------------------------------------------------------


def test_messages():
    document = read("a.po", PO)
    text = translate_with(document, WordTranslator(upper))
    assert 'msgstr "HELLO %s, <b>YOU</b>!\\n"' in text
    assert 'msgstr[0] "%(n)d FILE"' in text
    assert '"%(n)d FILES OF\\n"\n" MANY\\n"' in text
    assert [(kept.place, kept.reason) for kept in document.all_kept()] == [
        ("line 13", "already translated"),
        ("line 24", "no words to translate"),
    ]


def test_translations_are_translated_again_on_request():
    text = translate_with(read("a.po", PO, retranslate=True), WordTranslator(upper))
    assert 'msgstr "DONE ALREADY"' in text
    assert '#~ msgstr "alt"' in text


@pytest.mark.parametrize(
    ("forms", "reason"),
    [("nplurals=1; plural=0;", None), ("nplurals=3; plural=0;", "plural forms"), ("", "plural forms")],
)
def test_plural_forms(forms, reason):
    document = read("a.po", PO.replace("nplurals=2; plural=n != 1;", forms))
    text = translate_with(document, WordTranslator(upper))
    kept = [kept.reason for kept in document.all_kept() if "%(n)d" in kept.text]
    assert (kept == []) if reason is None else kept[0].startswith(reason)
    assert ("FILES" in text) is (reason is None)


def test_half_a_message_is_not_written():
    po = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=n != 1;\\n"\n\n'
    po += 'msgid "%d file"\nmsgid_plural "%d {x}files"\nmsgstr[0] ""\nmsgstr[1] ""\n\n'
    po += 'msgid ""\n"a\\n"\n"--\\n"\nmsgstr ""\n'
    document = read("a.po", po)
    text = translate_with(document, WordTranslator(lambda word: word.replace("{x}", "").upper().replace("%D", "%d")))
    assert 'msgstr[0] ""\nmsgstr[1] ""\n' in text
    assert 'msgstr ""\n"A\\n"\n"--\\n"' in text
    assert sorted(kept.reason for kept in document.all_kept()) == [
        "a placeholder would be lost",
        "another part of the same unit could not be translated",
        "no words to translate",
    ]


def test_what_is_no_catalogue():
    with pytest.raises(DataError, match=r"a\.po: not a message catalogue"):
        read("a.po", "no message at all\n")


# --- .srt -------------------------------------------------------------------------------------------------------------


def test_subtitles():
    assert translate_with(read("a.srt", SRT), WordTranslator(upper)) == (
        SRT.replace("Hello <i>there</i>, how\nare you today?", "HELLO <i>THERE</i>, HOW\nARE YOU TODAY?")
        .replace("Fine. Thanks", "FINE. THANKS")
        .replace("Good", "GOOD")
    )


@pytest.mark.parametrize("text", ["\ufeff" + SRT, SRT.replace("\n", "\r\n")], ids=["mark", "crlf"])
def test_subtitles_keep_their_mark_and_line_ends(text):
    assert translate_with(read("a.srt", text), WordTranslator()) == text


def test_what_are_no_subtitles():
    with pytest.raises(DataError, match=r"a\.srt: not SubRip subtitles"):
        read("a.srt", "Just text\nand more\n")


# --- .html ------------------------------------------------------------------------------------------------------------


def test_a_page():
    reverse = WordTranslator(upper, lambda count: range(count - 1, -1, -1))
    document = read("a.html", HTML)
    text = translate_with(document, reverse)
    assert "<h1><i>HERE</i>. LOOK</h1>" in text
    assert "<title>MORE &amp; PAGE A</title>" in text
    assert "<li>ONE<li>THREE <b>BOLD </b>TWO</ul>" in text
    assert "<code>make &lt;all&gt;</code>" in text
    assert ("line 10", "marked as not to be translated", "Not me") in document.all_kept()
    for raw in ("<pre>  no  </pre>", 'var a = "<p>no</p>"', '<P translate="no">Not me</P>', "<body class='x'  id=y>"):
        assert raw in text


def test_translated_text_cannot_become_markup():
    page = "<p>a b</p>"
    text = translate_with(read("a.html", page), WordTranslator(lambda word: {"a": "<b>", "b": "&lt;"}[word]))
    assert text == "<p>&lt;b&gt; &amp;lt;</p>" or text == page


# --- .md --------------------------------------------------------------------------------------------------------------


def test_markdown():
    reverse = WordTranslator(upper, lambda count: range(count - 1, -1, -1))
    document = read("a.md", MARKDOWN)
    text = translate_with(document, reverse)
    for raw in (
        "# TITLE *BIG* A #\n\nLINES TWO OF\nHEADING SETEXT\n=====",
        "> LINES. TWO\n> OF QUOTE A *YES.*",
        "1. ON GOES ITEM\n   FIRST\n2. ITEM {name} SECOND\n   - [ ] TASK A\n   - [x] **TASK** DONE",
        "| NAME | IS *IT* WHAT |\n|------|:------------:|\n| B A  | c `d` e      |",
        "```python\ncode = 1\n```\n\n<div>\nhtml block\n</div>\n\n    indented code\n\n[reference]: https://ref.org",
        "[^1]: NOTE. A",
        "---\ntitle: Not me\n---\n",
    ):
        assert raw in text
    assert ("line 31", "a block of HTML", "html block") in document.all_kept()


def test_a_block_of_html_at_the_beginning_is_told():
    assert read("a.md", "<p>\nhtml\n</p>\n").all_kept() == [("line 1", "a block of HTML", "html")]


def test_markdown_with_other_line_ends():
    text = MARKDOWN.replace("\n", "\r\n")
    assert translate_with(read("a.md", text), WordTranslator()) == text


def test_escapes_and_names_of_links_keep_their_meaning():
    """What is written otherwise is read as before."""
    text = translate_with(read("a.md", "2 \\* 3 \\* 4 is [so] and [So][]\n\n[so]: x.html\n"), WordTranslator())
    assert text == "2 * 3 * 4 is [so][so] and [So][So]\n\n[so]: x.html\n"
    text = translate_with(read("a.md", "a [so] b\n\n[so]: x.html\n"), WordTranslator(upper))
    assert text == "A [SO][so] B\n\n[so]: x.html\n"


@pytest.mark.parametrize(
    "word", ["1.", "#", "-", "*", "<b>", "[x]", "|", "`", "_", "+", "===", "---", ">", "\\", "~~x~~"]
)
@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("# ", ""), ("", "\n---"), ("- ", ""), ("> ", ""), ("| ", " | b |\n|---|---|"), ("3. > 1. ", "\n\n# x")],
)
def test_no_word_of_a_translation_becomes_markup(word, before, after):
    document = read("a.md", f"{before}one *two*{after}")
    translated = translate_with(document, WordTranslator(lambda part: {"one": word, "two": "*c*"}.get(part, part)))
    (segment, *_) = read("a.md", translated).segments
    assert document.segments[0].translation is not None
    assert (segment.text, len(segment.tags)) == (f"{word} *c*", 1)


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def translator(monkeypatch) -> WordTranslator:
    """Takes the place of every run, so that no test here needs TensorFlow."""
    fake = WordTranslator(upper)
    load = types.ModuleType("seq2seq.workflows.load")
    load.load = lambda run, checkpoint: fake  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, load.__name__, load)
    module = "seq2seq.workflows.translate_document"
    monkeypatch.setattr(f"{module}.prepare_to_compute", lambda run, threads: None)
    monkeypatch.setattr(f"{module}.pinned", lambda run, checkpoint: (run, checkpoint))
    monkeypatch.setattr(f"{module}.check_search", lambda run, checkpoint, search: None)
    monkeypatch.setattr(f"{module}.languages_of", lambda run, checkpoint: ("en", "de"))
    return fake


def test_the_command_writes_the_document_and_tells_what_it_left(translator, tmp_path, capsys):
    (tmp_path / "a.srt").write_text(SRT)
    done = translate_document("run", str(tmp_path / "a.srt"), tmp_path / "b.srt", report=tmp_path / "report.json")
    assert "HELLO <i>THERE</i>" in (tmp_path / "b.srt").read_text()
    assert (done.translated, len(done.kept)) == (3, 1)
    assert capsys.readouterr().err.splitlines() == [
        "3 segments translated, 1 units left as they were",
        "left, no words to translate: 1 (subtitle 5)",
    ]
    assert json.loads((tmp_path / "report.json").read_text()) == {
        "translated": 3,
        "kept": [{"place": "subtitle 5", "reason": "no words to translate", "text": "♪ ♪"}],
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.srt", "b.srt", "report.json"]


def test_what_would_destroy_work_is_refused_before_the_model_is_loaded(tmp_path):
    source = tmp_path / "a.srt"
    source.write_text(SRT)
    (tmp_path / "old.srt").write_text("old")
    for output, message in (
        ("a.srt", "output is one of the inputs"),
        ("old.srt", "output exists already"),
        ("b.srt", "report and output are one file"),
        ("b.txt", r"a document stays of its format — given .*a\.srt and --output .*b\.txt"),
    ):
        with pytest.raises(DataError, match=message):
            translate_document("run", str(source), tmp_path / output, report=tmp_path / "b.srt")


def test_options_of_lines_are_refused():
    usual = {"shard": None, "resume": False, "scores": False}
    neither = {"retranslate": False, "report": None}
    assert not check_kind(["a.txt", "-"], None, of_lines=usual | {"shard": "1/2"}, of_documents=neither)
    assert check_kind(["a.PO"], "b.po", of_lines=usual, of_documents=neither | {"retranslate": True})
    for given in ({"retranslate": True}, {"report": Path("kept.json")}):
        with pytest.raises(DataError, match=f"--{next(iter(given))} is for documents"):
            check_kind(["a.txt"], None, of_lines=usual, of_documents=neither | given)
        with pytest.raises(DataError, match="is for documents"):
            check_lines(**given)
    for files, output, options, message in (
        (["a.po", "b.po"], "c.po", usual, "one by one"),
        (["a.po"], None, usual, "needs an output file"),
        (["a.po"], "b.po", usual | {"shard": "1/2"}, "--shard is for lines"),
        (["a.po"], "b.po", usual | {"resume": True}, "--resume is for lines"),
        (["a.po"], "b.po", usual | {"scores": True}, "--scores is for lines"),
        (["a.po"], "b.po", usual | {"output_format": "moses"}, "--output-format is for lines"),
    ):
        with pytest.raises(DataError, match=message):
            check_kind(files, output, of_lines=options, of_documents=neither)


def test_a_missing_package_is_named_with_the_way_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "polib", None)
    monkeypatch.delitem(sys.modules, "seq2seq.documents.po", raising=False)
    with pytest.raises(DataError, match=r"without 'polib' — install it with: pip install 'seq2seq\[documents\]'"):
        find_reader("a.po")


def test_documents_are_known_by_their_suffix():
    assert is_document("x/a.PO")
    assert not is_document("a.txt")
    assert not is_document("-")


def test_the_command_line_knows_documents(translator, tmp_path, monkeypatch, capsys):
    from seq2seq.cli import main

    def call(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["seq2seq", "translate", "run", *map(str, arguments)])
        with pytest.raises(SystemExit) as leaving:
            main()
        return int(leaving.value.code or 0)

    (tmp_path / "a.srt").write_text(SRT)
    assert call(tmp_path / "a.srt") == 2
    assert "a document needs an output file" in capsys.readouterr().err
    assert call(tmp_path / "a.srt", "-o", tmp_path / "b.srt", "--report", tmp_path / "left.json") == 0
    assert "GOOD!" in (tmp_path / "b.srt").read_text()
    assert (tmp_path / "left.json").exists()
    assert call(tmp_path / "a.srt", "-o", tmp_path / "b.srt") == 2
    assert "output exists already" in capsys.readouterr().err
