"""A page for reviewers: every text in Hindi beside its English. `python -m libs.kit.texts_page > docs/all-texts.md`"""

from pathlib import Path

from libs.kit.texts import COMMON, Texts

SERVICES = Path(__file__).parents[2] / "services"


def side_by_side(services: Path) -> str:
    """Every text of every service, as a page."""
    lines = ["# All texts", "", "Written by `make docs`. The rules: [texts.md](texts.md).", ""]
    shared = {key for key, *_ in Texts(COMMON).items()}
    for folder in (COMMON, *sorted(services.glob("*/texts"))):
        lines += [f"## {folder.parent.name if folder != COMMON else 'all services'}", ""]
        lines += ["| moment | Hindi | English |", "|---|---|---|"]
        for key, *said in Texts(folder).items():
            if folder == COMMON or key not in shared:
                lines.append(f"| `{key}` | " + " | ".join(_cell(text) for text in said) + " |")
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")


if __name__ == "__main__":
    print(side_by_side(SERVICES), end="")  # noqa: T201 - its output is the page
