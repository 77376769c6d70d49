"""Pages of HTML that need no other file; what is put into them is escaped."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined


def filled(template: str, **values: object) -> str:
    """Return a page from a template of this package.

    Parameters
    ----------
    template : str
        Its file in ``templates/``.
    **values
        What the template names; text is escaped.

    Returns
    -------
    str
    """
    environment = Environment(
        loader=PackageLoader("analysis.show", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)
