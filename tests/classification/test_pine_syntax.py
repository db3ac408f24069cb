"""Pine's statements: which lines belong together and what stands in them."""

from orquestrador.classification.pine_syntax import Script


def test_lines_that_go_on_are_one_statement():
    script = Script("a = b\n     and c\nf(1,\n  2)\nd = 1, e = 2\n")

    assert [line.text.split() for line in script.lines] == [
        ["a", "=", "b", "and", "c"],
        ["f(1,", "2)"],
        ["d", "=", "1"],
        ["e", "=", "2"],
    ]


def test_lines_are_nested_by_their_indentation():
    script = Script(
        "f(x, int n = 2) =>\n    if x\n        1\n    else\n        n\ny = f(1)\n"
    )
    head, asked, *_, last = script.lines

    assert (head.function, head.parameters) == ("f", ("x", "n"))
    assert asked.parent == head.number
    assert [script.lines[each].keyword for each in head.children] == ["if", "else"]
    assert (last.parent, last.names) == (-1, ("y",))


def test_a_name_that_looks_like_a_keyword_begins_an_expression():
    script = Script("f(type) =>\n    type == 1 ? 2 : 3\n")

    assert script.expression(script.lines[1]).kind == "choice"


def test_operators_bind_as_in_pine():
    node = Script("x = not a and b + c * 2 > d[1] ? -e : f(g, n = 1)\n")
    choice = node.expression(node.lines[0])
    both, minus, call = choice.parts

    assert (both.name, minus.name, call.kind) == ("and", "- ", "call")
    assert both.parts[1].name == ">"
    assert both.parts[1].parts[0].parts[1].name == "*"
    assert call.parts[1].kind == "named"
