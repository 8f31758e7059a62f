import time

import pytest

from zprimefit.names import check_label, model_name, one_line, shown, unknown_name


@pytest.mark.parametrize(
    "value",
    ["x" * 10**7, list(range(10**6)), {k: k for k in range(10**5)}, 10**5000, -(16**9999), [[[[[[[]]]]]]]],
    ids=["text", "list", "mapping", "integer", "negative", "nested"],
)
def test_value_in_a_message_is_short(value):
    begin = time.monotonic()
    assert len(shown(value)) <= 401
    assert time.monotonic() - begin < 1


def test_value_that_repeats_itself_is_shown():
    bomb = ["x"]
    for _ in range(60):
        bomb = [bomb] * 10
    assert len(shown(bomb)) == 401


def test_message_has_no_control_characters():
    assert one_line("a\x1b[2Jb\nc\u202ed\ud800") == r"a\x1b[2Jb\nc\u202ed\ud800"
    assert len(one_line("x" * 10**6)) == 4001


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "../up", "a/b", "a\\b", "a\nb", "a\x00", "$x$", "x" * 101, 3]
)
def test_name_that_could_leave_the_folder_or_the_line_is_refused(name):
    with pytest.raises(ValueError, match=r"name of component .*: expected one line of at most 100 characters"):
        check_label("component", name)


@pytest.mark.parametrize("name", ["miniboone", "e137 (thick)", "a.b-c_d", "µ"])
def test_name_of_one_line_is_no_problem(name):
    check_label("component", name)


def test_unknown_thing_may_be_anything():
    known = ["surrogate", "direct"]
    assert unknown_name("engine", ["direct"], known).startswith("unknown engine ['direct']; did you mean 'direct'?")
    assert unknown_name("engine", "x" * 10**6, known).endswith("Available: surrogate, direct")


def test_model_without_a_name_is_called_by_its_class():
    class Mine:
        pass

    class Named(Mine):
        name = "named"

    assert [model_name(Mine()), model_name(Named())] == ["Mine", "named"]
