"""A PDF made smaller, and laid out so that its first page shows before the rest has come."""

import io

from render.pdf import tags


def compact(data: bytes) -> bytes:
    """Give the same PDF, its rows named, with its objects packed and in the order of the pages.

    What PDF/A asks of it, such as metadata in clear text, stays as it is, and the same PDF gives
    the same bytes.

    Parameters
    ----------
    data
        A PDF of version 1.5 or later; an older one, which knows no packed objects, is given back.
    """
    import pikepdf

    if data[:8] < b"%PDF-1.5":
        return data
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        tags.name_rows(pdf)
        pdf.save(
            written,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            linearize=True,
            deterministic_id=True,
            fix_metadata_version=False,
        )
    return written.getvalue()
