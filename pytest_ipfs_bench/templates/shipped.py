"""The templates that come with the package."""

from importlib import resources

from pytest_ipfs_bench.templates.template import SHIPPED, Template, read

SUFFIX = ".j2"


def shipped() -> dict[str, Template]:
    """Every one by its name, `shipped/NAME`."""
    folder = resources.files(__package__) / "shipped"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(SUFFIX)), key=lambda file: file.name)
    names = {SHIPPED + file.name.removesuffix(SUFFIX): file.read_text(encoding="utf-8") for file in files}
    return {name: read(name, text) for name, text in names.items()}
