"""Read the reports of test runners, coverage tools and scanners.

The format is found from the content, never from the name. Reports come out of code under test and count as
hostile: they are refused when they are too large, before anything is read, and when they break their rules.
"""

from shipway.adapters.report_files.reading import DEFAULT_LIMIT, read_report

__all__ = ["DEFAULT_LIMIT", "read_report"]
