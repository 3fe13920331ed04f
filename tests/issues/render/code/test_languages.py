from __future__ import annotations

import pytest

from issues.render.code.languages import LANGUAGES
from issues.render.code.scanner import marked
from issues.render.stack import source


def seen(text: str, name: str) -> str:
    """`text` with its tokens as `class:token;`."""
    html = "\n".join(marked(text, LANGUAGES[name]))
    return html.replace('<span class="', "").replace('">', ":").replace("</span>", ";")


def test_every_file_and_platform_has_a_language() -> None:
    names = {*source._BY_EXTENSION.values(), *source._BY_PLATFORM.values()}
    assert names == set(LANGUAGES)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("python", "x = f'{a} b'", "x = s:f&#x27;;{a}s: b&#x27;;"),
        ("python", "class A: pass # no", "k:class; n:A;: k:pass; c:# no;"),
        ("python", "re.compile(len(x))", "re.compile(n:len;(x))"),
        ("javascript", "return /['\"]/.test(a) / 2", "k:return; s:/[&#x27;&quot;]/;.test(a) / m:2;"),
        ("javascript", "`a ${b}`", "s:`a ;${b}s:`;"),
        ("tsx", "<b id={1}>", "k:&lt;b; id={m:1;}&gt;"),
        ("ruby", 'def go?; @a = :b; "#{c}" end', "k:def; n:go?;; @a = s::b;; s:&quot;;#{c}s:&quot;; k:end;"),
        ("erb", "<p><%= a if b %></p>", "k:&lt;p;k:&gt;;&lt;%= a k:if; b %&gt;k:&lt;/p;k:&gt;;"),
        ("html", "{% if a %}don't<i>{# b #}", "{% k:if; a %}don&#x27;tk:&lt;i;k:&gt;;c:{# b #};"),
        ("html", "<script>var a = 1;</script>", "k:&lt;script;&gt;k:var; a = m:1;;k:&lt;/script;k:&gt;;"),
        ("php", "function f($a) { return null; }", "k:function; n:f;($a) { k:return; m:null;; }"),
        ("c", "#include <a.h>\nint x = 'a';", "c:#include &lt;a.h&gt;;\nk:int; x = s:&#x27;a&#x27;;;"),
        (
            "java",
            "@Override public String a() { return 'b'; }",
            "n:@Override; k:public; String a() { k:return; s:&#x27;b&#x27;;; }",
        ),
        ("kotlin", 'val a = """b\nc"""', "k:val; n:a; = s:&quot;&quot;&quot;b;\ns:c&quot;&quot;&quot;;"),
        ("scala", "object A extends B", "k:object; n:A; k:extends; B"),
        ("csharp", 'var a = @"b\\"; // c', "k:var; a = s:@&quot;b\\&quot;;; c:// c;"),
        ("go", "func main() { a := `b` }", "k:func; n:main;() { a := s:`b`; }"),
        (
            "rust",
            'fn a<\'b>() { println!("c") }',
            "k:fn; n:a;&lt;&#x27;b&gt;() { n:println!;(s:&quot;c&quot;;) }",
        ),
        ("swift", "guard let a else { return }", "k:guard; k:let; a k:else; { k:return; }"),
        (
            "objective-c",
            '@interface A { NSString *b = @"c"; }',
            "k:@interface; A { NSString *b = s:@&quot;c&quot;;; }",
        ),
        ("dart", "final a = r'b';", "k:final; a = s:r&#x27;b&#x27;;;"),
        ("elixir", "def a, do: :b # c", "k:def; n:a;, k:do;: s::b; c:# c;"),
        ("erlang", "case a of % b", "k:case; a k:of; c:% b;"),
        ("haskell", "data A' = A' -- b", "k:data; n:A&#x27;; = A&#x27; c:-- b;"),
        ("fsharp", "let a = 1 (* b *)", "k:let; n:a; = m:1; c:(* b *);"),
        ("vbnet", 'Dim a = "b" \' c', "k:Dim; a = s:&quot;b&quot;; c:&#x27; c;"),
        ("lua", "local a = [[b\nc]] -- d", "k:local; a = s:[[b;\ns:c]]; c:-- d;"),
        ("perl", "my $a = $#b; # c", "k:my; $a = $#b; c:# c;"),
        ("clojure", '(defn a [b] "c") ; d', "(k:defn; n:a; [b] s:&quot;c&quot;;) c:; d;"),
        ("sql", "SELECT 'it''s' FROM a -- b", "k:SELECT; s:&#x27;it&#x27;&#x27;s&#x27;; k:FROM; a c:-- b;"),
        ("bash", 'if [ "$a" ]; then # b', "k:if; [ s:&quot;$a&quot;; ]; k:then; c:# b;"),
        ("powershell", "If ($a -eq 1) { <# b #> }", "k:If; ($a k:-eq; m:1;) { c:&lt;# b #&gt;; }"),
        ("zig", "fn a() void { return; }", "k:fn; n:a;() k:void; { k:return;; }"),
        ("nim", "proc a() = echo 1 # b", "k:proc; n:a;() = n:echo; m:1; c:# b;"),
        ("groovy", 'def a = "b ${c}"', "k:def; n:a; = s:&quot;b ;${c}s:&quot;;"),
    ],
)
def test_a_line_looks_as_its_language_does(name: str, text: str, expected: str) -> None:
    assert seen(text, name) == expected


@pytest.mark.parametrize(
    ("name", "text", "last"),
    [
        ("java", "a = '\\'', b = \"'\";", "s:&quot;&#x27;&quot;;;"),
        ("rust", "let a = '\\''; let b: &'a str", "k:let; b: &amp;&#x27;a k:str;"),
        ("tsx", "<p>It's {a}</p>; return 'b'", "k:return; s:&#x27;b&#x27;;"),
        ("tsx", "<p>\n  It's\n</p>; return 'b'", "k:return; s:&#x27;b&#x27;;"),
        ("ruby", "a =~ /'/ if b =~ /x/; c unless /'/ =~ d", " c k:unless; s:/&#x27;/; =~ d"),
        ("ruby", "a(<<~SQL)\n  'b\n  SQL\nreturn 1", "k:return; m:1;"),
        ("ruby", "%r{'}.match?(a) if b", "(a) k:if; b"),
        ("php", "$a = <<<EOT\n  it's EOTs $b\n  EOT; return 1;", "k:return; m:1;;"),
        ("php", "$a = <<<'EOT'\nit's\nEOT;\nreturn 1;", "k:return; m:1;;"),
        ("bash", "cat <<EOF\nit's $a\nEOF\nreturn 1", "k:return; m:1;"),
        ("bash", "echo 'it'\\''s'; if a", "k:if; a"),
        ("bash", "a=$'it\\'s'; b=${c#'}; if a", "k:if; a"),
        ("bash", "cat <<< 'a'; if b", "k:if; b"),
        ("cpp", "a = 1'000'0; b = R\"x(\")\")x\"; return 'c';", "k:return; s:&#x27;c&#x27;;;"),
        ("kotlin", 'val a = """\\"""; return 1', "k:return; m:1;"),
        ("scala", 's"""\\""" + a; return 1', "k:return; m:1;"),
        ("csharp", 'a = $"""\\"""; return 1', "k:return; m:1;"),
        ("swift", 'let a = #"b"c"#; return 1', "k:return; m:1;"),
        ("sql", r"SELECT E'a\'b' FROM c", "k:FROM; c"),
        ("perl", "$a =~ s/'/b/g; $c =~ m{'}; return 1", "k:return; m:1;"),
        ("html", "<a v-if=\"b > '\" c>It's</a>", "&#x27;sk:&lt;/a;k:&gt;;"),
    ],
)
def test_a_string_ends_where_it_does_in_its_language(name: str, text: str, last: str) -> None:
    assert seen(text, name).endswith(last)
