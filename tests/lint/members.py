"""Finds the data members of the structs and classes in a C++ source, without a compiler."""

import re
from typing import NamedTuple

PREPROCESSOR = re.compile(r"^[ \t]*#(?:.*\\\n)*.*$", re.M)
ACCESS = re.compile(r"\b(?:public|private|protected)\s*:(?!:)")
NOT_A_MEMBER = re.compile(r"(?:using|typedef|friend|static_assert|static\s+constexpr|constexpr\s+static)\b"
                          r"|(?:struct|class|union|enum)\b[^;{]*$")


class Member(NamedTuple):
    declaration: str  # up to its initialiser
    name: str
    first_line: int
    last_line: int


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def without_nested(text):
    """@text without what stands in angle or square brackets, in alignas() or in an annotation."""
    text = re.sub(r"\b(?:alignas|CMWQ_[A-Z_]+)\s*\([^()]*\)", " ", text)
    previous = None
    while previous != text:
        previous, text = text, re.sub(r"<[^<>]*>|\[[^\[\]]*\]", " ", text)
    return re.sub(r"^\s*template\s", " ", text)


def without_template(text):
    """@text without a leading "template <...>"."""
    return without_nested(text).strip() if text.lstrip().startswith("template") else text.strip()


def is_function(head):
    """Whether a declaration, given up to its body or end, declares a function."""
    if re.search(r"\boperator\b", head):
        return True
    head = re.split(r"[={]", without_nested(head), maxsplit=1)[0]
    return "(" in head and not re.search(r"\(\s*\*", head)


def opened_scope(head, parent):
    """What a brace after @head opens: namespace, type, enum, body, or init (a brace initialiser)."""
    plain = without_nested(head).strip()
    if re.search(r"\b(?:namespace|extern)\b", plain):
        return "namespace"
    if re.match(r"(?:typedef\s+)?enum\b", plain):
        return "enum"
    if re.match(r"(?:typedef\s+)?(?:struct|class|union)\b", plain) and not is_function(head):
        return "type"
    if parent in ("body", "init", "enum"):
        return "body"
    return "body" if is_function(head) else "init"


def data_members(source):
    """Every data member that @source (a common.Source) declares."""
    code = ACCESS.sub(blank, PREPROCESSOR.sub(blank, source.code))
    found, scopes, start = [], ["namespace"], 0
    for at, char in enumerate(code):
        if char == "{":
            scopes.append(opened_scope(code[start:at], scopes[-1]))
            if scopes[-1] != "init":
                start = at + 1
        elif char == "}":
            if scopes.pop() != "init":
                start = at + 1
        elif char == ";" and scopes[-1] != "init":
            if scopes[-1] == "type":
                found += member_of(source, code, start, at)
            start = at + 1
    return found


def member_of(source, code, start, end):
    text = code[start:end]
    first = start + len(text) - len(text.lstrip())
    if not text.strip() or NOT_A_MEMBER.match(without_template(text)) or is_function(text):
        return []
    declaration = re.split(r"[={]", text, maxsplit=1)[0]
    plain = re.sub(r":[^:]*$", "", without_nested(declaration)) if "::" not in declaration else declaration
    names = re.findall(r"\(\s*\*\s*(\w+)", plain) or re.findall(r"\w+", without_nested(plain))
    name = names[0] if "(" in plain and names else names[-1]
    return [Member(declaration.strip(), name, source.line_of(first), source.line_of(end))]
