"""The data sets, one file for each or for each kind.

A new one needs a file here and nothing else:

    @dataset(
        "shells",
        splits={"train": 900, "test": 100},
        fields={"images": "uint8 (n, 64, 64, 3)", "labels": "int64 (n,)"},
        licence="CC0-1.0",
        packages=[npm("shells", "1.0.0", sha256="…", megabytes=3.1)],
    )
    def shells(package: Path) -> dict[str, Arrays]:
        '''Photographs of shells.'''
        return {"train": {"images": …, "labels": …}, "test": {…}}

Counts, dtypes and shapes are checked against the declaration when the arrays are stored. A file is
imported just to learn its name, so it may import nothing but numpy and the standard library at its top.
"""
