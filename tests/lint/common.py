"""What the checks share: reading sources, reporting, and proving that a check can fail."""

import pathlib
import re
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"\w*\(.*?\)\w*"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'', re.S
)


class Source:
    """A C++ file, split into code and comments; both keep the line numbers of the file."""

    def __init__(self, root, path):
        self.path = path
        self.name = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.code = TOKEN.sub(self._blank_unless_code, self.text)
        self.comments = self._keep_comments()
        self.lines = self.text.split("\n")
        self.code_lines = self.code.split("\n")
        self.comment_lines = self.comments.split("\n")

    @staticmethod
    def _blank(text):
        return re.sub(r"[^\n]", " ", text)

    @classmethod
    def _blank_unless_code(cls, match):
        token = match.group()
        if token.startswith(("//", "/*")):
            return cls._blank(token)
        return token[0] + cls._blank(token[1:-1]) + token[-1]

    def _keep_comments(self):
        kept, at = [], 0
        for match in TOKEN.finditer(self.text):
            kept.append(self._blank(self.text[at : match.start()]))
            token = match.group()
            kept.append(token if token.startswith(("//", "/*")) else self._blank(token))
            at = match.end()
        kept.append(self._blank(self.text[at:]))
        return "".join(kept)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1


def sources(root, *folders):
    """The C++ files below @folders of @root, in a fixed order."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".hpp", ".cpp") and path.is_file():
                yield Source(root, path)


def problems_in(check, files):
    """What @check finds in a repository that consists of @files: path -> text."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return list(check(root))


def expect(check, files, *wanted):
    """Fails unless @check finds exactly one problem for each of @wanted, which are parts of its text."""
    found = problems_in(check, files)
    missing = [part for part in wanted if not any(part in problem for problem in found)]
    if missing or len(found) != len(wanted):
        sys.exit(f"self-test: wanted {list(wanted)}\nfound {found}\nin {files}")


def main(check, self_test):
    """Runs @check on the repository, or @self_test if the only argument is --self-test."""
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    problems = list(check(REPOSITORY))
    for problem in problems:
        print(problem)
    if problems:
        sys.exit(f"{len(problems)} problem(s)")
