"""``make bench``: figures, not assertions. The one gate on speed, function calls a document, is a test of the documents."""
