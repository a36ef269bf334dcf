"""Exit 0 where the system has the libraries that write PDFs, 1 where one is missing; used before any package is installed."""

from __future__ import annotations

import ctypes.util
import sys

# PDF text is subset by HarfBuzz's own library; without it fonts are embedded by a slower, larger way.
LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset")

sys.exit(int(any(ctypes.util.find_library(name) is None for name in LIBRARIES)))
